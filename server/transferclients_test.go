package server_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

// What these tests send is what the clients send that they are named after.

// TestRcloneUploadsInChunks sends chunks of 10 MiB, one of which breaks on its way: rclone asks
// the session where it is, and goes on there.
func TestRcloneUploadsInChunks(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	const chunk = 10 << 20
	data := bytes.Repeat([]byte("0123456789abcdef"), (2*chunk+12345)/16+1)[:2*chunk+12345]
	url := u.begin("/drives/b!contoso-user/items/01CONTOSOMAPS:/big.bin:",
		`{"item": {"@microsoft.graph.conflictBehavior": "replace", "fileSystemInfo": {"createdDateTime": "2026-01-01T00:00:00Z",
		"lastModifiedDateTime": "2026-01-02T00:00:00Z"}}}`)
	if status, body := u.part(url, data[:chunk], 0, len(data)); status != 202 {
		t.Fatalf("%d %v", status, body)
	}
	// the response was lost: the chunk is sent again, and refused
	if status, _ := u.part(url, data[:chunk], 0, len(data)); status != 416 {
		t.Fatalf("a chunk that was sent before: %d", status)
	}
	_, where := u.request("GET", url, nil)
	var from int
	if _, err := fmt.Sscanf(where["nextExpectedRanges"].([]any)[0].(string), "%d-", &from); err != nil || from != chunk {
		t.Fatalf("%v: %v", where, err)
	}
	var status int
	var item map[string]any
	for from < len(data) {
		n := min(chunk, len(data)-from)
		status, item = u.part(url, data[from:from+n], from, len(data))
		from += n
	}
	file, _ := item["file"].(map[string]any)
	hashes, _ := file["hashes"].(map[string]any)
	if status != 201 || item["size"] != float64(len(data)) || hashes["quickXorHash"] == nil {
		t.Fatalf("%d %v", status, item)
	}
	if got := u.content("/me/drive/root:/Maps/big.bin:"); got != string(data) {
		t.Error("the bytes are others")
	}
	times, _ := item["fileSystemInfo"].(map[string]any)
	if times["lastModifiedDateTime"] != "2026-01-02T00:00:00Z" {
		t.Errorf("the times are %v", times)
	}
}

// TestRcloneWaitsForCopies asks the monitor until the copy is there, then sets its times.
func TestRcloneWaitsForCopies(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	monitor := u.copy("/drives/b!contoso-user/items/01CONTOSOLAKE",
		`{"name": "lake copy.txt", "parentReference": {"driveId": "b!contoso-user", "id": "01CONTOSOMAPS"}}`)
	var status map[string]any
	for range 5 {
		if _, status = u.request("GET", monitor, nil); status["status"] == "completed" || status["status"] == "failed" {
			break
		}
		if err := u.server.Advance(time.Second); err != nil {
			t.Fatal(err)
		}
	}
	if status["status"] != "completed" {
		t.Fatalf("%v", status)
	}
	u.want(200, "PATCH", "/drives/b!contoso-user/items/"+status["resourceId"].(string),
		`{"fileSystemInfo": {"createdDateTime": "2026-01-01T00:00:00Z", "lastModifiedDateTime": "2026-01-02T00:00:00Z"}}`)
	u.wantNames("/me/drive/root:/Maps:/children", "lake copy.txt", "lake.txt", "ridge.txt")
}

// TestLargeFileUploadTaskOfTheSDKs: the tasks of Go and JavaScript send slices of multiples of
// 320 KiB, ask for the state of the session to resume, and cancel it by DELETE.
func TestLargeFileUploadTaskOfTheSDKs(t *testing.T) {
	t.Parallel()
	for name, slice := range map[string]int{"Go": 5 << 20, "JavaScript": 320 << 10} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUploader(t)
			data := bytes.Repeat([]byte(name+" "), (slice+1000)/len(name)+1)
			url := u.begin("/me/drive/root:/up/"+name+".bin:", `{"item": {"@microsoft.graph.conflictBehavior": "rename", "name": "`+name+`.bin"}}`)
			for from := 0; from < len(data); {
				end := min(from+slice, len(data))
				status, body := u.request("PUT", url, data[from:end], "Content-Range",
					fmt.Sprintf("bytes %d-%d/%d", from, end-1, len(data)), "Content-Type", "application/octet-stream")
				if end == len(data) {
					if status != 201 || body["id"] == nil {
						t.Fatalf("%d %v", status, body)
					}
					break
				}
				if status != 202 {
					t.Fatalf("%d %v", status, body)
				}
				_, state := u.request("GET", url, nil) // resume
				if state["expirationDateTime"] == nil || state["nextExpectedRanges"] == nil {
					t.Fatalf("%v", state)
				}
				fmt.Sscanf(state["nextExpectedRanges"].([]any)[0].(string), "%d-", &from)
			}
			cancelled := u.begin("/me/drive/root:/up/other.bin:", "{}")
			if status, _ := u.request("DELETE", cancelled, nil); status != 204 {
				t.Errorf("cancelled: %d", status)
			}
		})
	}
}

// TestPageIteratorsOfTheSDKs follow next links to the end, and a delta link from there.
func TestPageIteratorsOfTheSDKs(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	for i := range 7 {
		u.want(201, "PUT", fmt.Sprintf("/me/drive/root:/many/%d.txt:/content", i), "x")
	}
	for _, start := range []string{"/me/drive/root:/many:/children", "/me/drive/root/delta"} {
		seen, pages, next := map[string]bool{}, 0, start
		for next != "" {
			res, text := u.sendWith("GET", next, "", "Prefer", "odata.maxpagesize=3")
			if res.StatusCode != 200 {
				t.Fatalf("%s: %s %s", next, res.Status, text)
			}
			page := decoded(t, text)
			for _, v := range page["value"].([]any) {
				id := v.(map[string]any)["id"].(string)
				if seen[id] {
					t.Errorf("%s comes twice", id)
				}
				seen[id] = true
			}
			pages++
			link, _ := page["@odata.nextLink"].(string)
			_, next, _ = strings.Cut(link, "/v1.0")
			if next == "" && strings.HasSuffix(start, "delta") && page["@odata.deltaLink"] == nil {
				t.Error("the last page has no delta link")
			}
		}
		if want := map[bool]int{true: 13, false: 7}[strings.HasSuffix(start, "delta")]; len(seen) != want || pages < 3 {
			t.Errorf("%s: %d in %d pages, want %d", start, len(seen), pages, want)
		}
	}
}
