package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"
)

const step = 320 << 10 // of the sizes of parts

// An uploader sends files in parts, as clients do: without a token.
type uploader struct {
	*filesClient
	client *http.Client
}

func newUploader(t *testing.T) *uploader {
	c := newFilesClient(t)
	return &uploader{c, c.server.Client()}
}

// begin begins a session, and returns its URL.
func (u *uploader) begin(path, body string) string {
	u.t.Helper()
	session := u.want(200, "POST", path+"/createUploadSession", body)
	url, _ := session["uploadUrl"].(string)
	if ranges := fmt.Sprint(session["nextExpectedRanges"]); url == "" || ranges != "[0-]" || session["expirationDateTime"] == nil {
		u.t.Fatalf("%s: %v", path, session)
	}
	return url
}

// part sends a part, and returns the status and what is in the body.
func (u *uploader) part(url string, data []byte, from, total int) (int, map[string]any) {
	u.t.Helper()
	return u.request("PUT", url, data, "Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, from+len(data)-1, total))
}

func (u *uploader) request(method, url string, data []byte, headers ...string) (int, map[string]any) {
	u.t.Helper()
	var body io.Reader
	if data != nil {
		body = bytes.NewReader(data)
	}
	res, text := sendURL(u.t, u.client, method, url, body, headers...)
	var value map[string]any
	if text != "" {
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			u.t.Fatalf("%s: %s", res.Status, text)
		}
	}
	return res.StatusCode, value
}

// code is that of an error, and the one inside of it.
func code(body map[string]any) string {
	e, _ := body["error"].(map[string]any)
	inner, _ := e["innerError"].(map[string]any)
	if inner["code"] == nil {
		return fmt.Sprint(e["code"])
	}
	return fmt.Sprint(e["code"], " ", inner["code"])
}

func (u *uploader) content(path string) string {
	u.t.Helper()
	_, text := u.send("GET", path+"/content", "")
	return string(text)
}

// TestUploadsOfRandomPartsEqualTheBytes cuts files into parts at random, some of them sent
// twice, and some after the client has asked where it is.
func TestUploadsOfRandomPartsEqualTheBytes(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	u := newUploader(t)
	for round := range 12 {
		data := make([]byte, 1+random.IntN(5*step))
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		path := fmt.Sprintf("/me/drive/root:/up/%d.bin:", round)
		url := u.begin(path, `{"item": {"@microsoft.graph.conflictBehavior": "replace"}}`)
		for at := 0; at < len(data); {
			n := min((1+random.IntN(3))*step, len(data)-at)
			status, body := u.part(url, data[at:at+n], at, len(data))
			at += n
			want := 202
			if at == len(data) {
				want = 201
			}
			if status != want {
				t.Fatalf("part up to %d of %d: %d %v", at, len(data), status, body)
			}
			if at == len(data) {
				break
			}
			if random.IntN(3) == 0 { // the response was lost
				if status, body = u.part(url, data[at-n:at], at-n, len(data)); status != 416 {
					t.Fatalf("a part sent twice: %d %v", status, body)
				}
				_, body = u.request("GET", url, nil)
			}
			if ranges := fmt.Sprint(body["nextExpectedRanges"]); ranges != fmt.Sprintf("[%d-%d]", at, len(data)-1) {
				t.Fatalf("at %d of %d: %s", at, len(data), ranges)
			}
		}
		if got := u.content(path); got != string(data) {
			t.Fatalf("%d bytes are not those that were sent", len(got))
		}
	}
}

func TestUploadsThatGoWrong(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	data := bytes.Repeat([]byte("x"), 2*step)
	const path = "/me/drive/root:/wrong.bin:"
	for name, test := range map[string]struct {
		before int // bytes that were taken
		data   []byte
		header string
		status int
		code   string
	}{
		"overlap":           {step, data[:step], fmt.Sprintf("bytes 0-%d/%d", step-1, len(data)), 416, "invalidRange fragmentOverlap"},
		"gap":               {0, data[step:], fmt.Sprintf("bytes %d-%d/%d", step, len(data)-1, len(data)), 416, "invalidRange fragmentOutOfOrder"},
		"another total":     {step, data[:10], fmt.Sprintf("bytes %d-%d/%d", step, step+9, step+10), 400, "invalidRequest"},
		"another length":    {0, data[:10], "bytes 0-10/11", 400, "invalidRequest fragmentLengthMismatch"},
		"no unit":           {0, data[:10], "0-9/10", 400, "invalidArgument"},
		"no range":          {0, data[:10], "", 400, "invalidArgument"},
		"backwards":         {0, data[:10], "bytes 9-0/10", 400, "invalidArgument"},
		"behind the end":    {0, data[:10], "bytes 0-9/9", 400, "invalidArgument"},
		"no total":          {0, data[:10], "bytes 0-9/*", 400, "invalidArgument"},
		"below zero":        {0, data[:10], "bytes -1-8/10", 400, "invalidArgument"},
		"larger than a int": {0, data[:10], "bytes 0-9/99999999999999999999", 400, "invalidArgument"},
	} {
		url := u.begin(path, `{"item": {"@microsoft.graph.conflictBehavior": "replace"}}`)
		if test.before > 0 {
			u.part(url, data[:test.before], 0, len(data))
		}
		if status, body := u.request("PUT", url, test.data, "Content-Range", test.header); status != test.status ||
			code(body) != test.code {
			t.Errorf("%s: %d %v", name, status, body)
		}
		u.request("DELETE", url, nil)
	}

	url := u.begin(path, "")
	if status, body := u.request("PUT", url, data[:9], "Content-Range", "bytes 0-8/9", "Authorization", "Bearer x"); status != 401 {
		t.Errorf("with a token: %d %v", status, body)
	}
	if status, _ := u.request("DELETE", url, nil); status != 204 {
		t.Errorf("cancelled: %d", status)
	}
	for _, method := range []string{"GET", "DELETE", "POST"} {
		if status, body := u.request(method, url, nil); status != 404 || code(body) != "itemNotFound uploadSessionNotFound" {
			t.Errorf("%s after it was cancelled: %d %v", method, status, body)
		}
	}

	uneven := u.begin(path, "")
	u.part(uneven, data[:step+1], 0, len(data))
	if status, body := u.part(uneven, data[step+1:], step+1, len(data)); status != 400 || code(body) != "invalidRequest uploadSessionFailed" {
		t.Errorf("parts of an odd size: %d %v", status, body)
	}

	late := u.begin(path, "")
	u.part(late, data[:step], 0, len(data))
	if err := u.server.Advance(25 * time.Hour); err != nil {
		t.Fatal(err)
	}
	if status, body := u.part(late, data[step:], step, len(data)); status != 404 {
		t.Errorf("after it has expired: %d %v", status, body)
	}
}

func TestUploadsMeetTakenNames(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	const path, data = "/me/drive/root:/Maps/lake.txt:", "new bytes"
	const fail = `{"item": {"@microsoft.graph.conflictBehavior": "fail"}}`
	if got := u.want(409, "POST", path+"/createUploadSession", fail); code(got) != "nameAlreadyExists" {
		t.Errorf("%v", got)
	}
	u.want(400, "POST", path+"/createUploadSession", `{"item": {"@microsoft.graph.conflictBehavior": "overwrite"}}`)
	url := u.begin(path, `{"item": {"@microsoft.graph.conflictBehavior": "rename"}}`)
	if status, item := u.part(url, []byte(data), 0, len(data)); status != 201 || item["name"] != "lake 1.txt" {
		t.Errorf("renamed: %d %v", status, item)
	}
	url = u.begin(path, `{"item": {"@microsoft.graph.conflictBehavior": "replace", "name": "lake.txt"}}`)
	if status, item := u.part(url, []byte(data), 0, len(data)); status != 200 || item["id"] != "01CONTOSOLAKE" {
		t.Errorf("replaced: %d %v", status, item)
	}
	url = u.begin("/me/drive/items/01CONTOSORIDGE", "")
	if status, item := u.part(url, []byte(data), 0, len(data)); status != 200 || item["id"] != "01CONTOSORIDGE" {
		t.Errorf("by id: %d %v", status, item)
	}
	u.want(400, "POST", path+"/createUploadSession", `{"item": {"@microsoft.graph.conflictBehavior": "replace", "name": "sea.txt"}}`)
	u.want(400, "POST", "/me/drive/items/01CONTOSOMAPS/createUploadSession", "")
	u.want(404, "POST", "/me/drive/items/nothing/createUploadSession", "")
	u.want(507, "POST", "/me/drive/root:/huge.bin:/createUploadSession", `{"item": {"fileSize": 9223372036854775000}}`)

	const other = "/me/drive/root:/Maps/sea.txt:"
	late, first := u.begin(other, fail), u.begin(other, "")
	if status, _ := u.part(first, []byte("first"), 0, 5); status != 201 {
		t.Errorf("the first one: %d", status)
	}
	if status, body := u.part(late, []byte(data), 0, len(data)); status != 409 || code(body) != "nameAlreadyExists" ||
		!strings.Contains(fmt.Sprint(body), "sourceUrl") {
		t.Errorf("the second one: %d %v", status, body)
	}
	if got := u.content(other); got != "first" {
		t.Errorf("the content is %s", got)
	}
	last := u.begin(other, "")
	if status, _ := u.part(last, []byte("last"), 0, 4); status != 200 || u.content(other) != "last" {
		t.Errorf("by default it is replaced: %d %s", status, u.content(other))
	}
}

// TestUploadsAreCommitted: with deferCommit the bytes are there once the client says so.
func TestUploadsAreCommitted(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	const path = "/me/drive/root:/late.txt:"
	url := u.begin(path, `{"deferCommit": true, "item": {"fileSystemInfo": {"lastModifiedDateTime": "2020-01-02T03:04:05Z"}}}`)
	if status, body := u.request("POST", url, nil); status != 400 || code(body) != "invalidRequest uploadSessionIncomplete" {
		t.Errorf("too early: %d %v", status, body)
	}
	if status, body := u.part(url, []byte("all"), 0, 3); status != 202 || fmt.Sprint(body["nextExpectedRanges"]) != "[]" {
		t.Errorf("the last part: %d %v", status, body)
	}
	u.want(404, "GET", "/me/drive/root:/late.txt", "")
	status, item := u.request("POST", url, nil)
	times, _ := item["fileSystemInfo"].(map[string]any)
	if status != 201 || item["size"] != 3.0 || times["lastModifiedDateTime"] != "2020-01-02T03:04:05Z" {
		t.Errorf("committed: %d %v", status, item)
	}
	by, _ := json.Marshal(item["createdBy"])
	if !strings.Contains(string(by), "Contoso User") {
		t.Errorf("createdBy is %s", by)
	}
	if u.content(path) != "all" {
		t.Error("the bytes are not there")
	}
}

// TestUploadsAreBounded: neither parts nor sessions fill the memory.
func TestUploadsAreBounded(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	part := make([]byte, 32<<20)
	url := u.begin("/me/drive/root:/big.bin:", "")
	for at := 0; ; at += len(part) {
		status, body := u.part(url, part, at, 1<<30)
		if status == 507 {
			break
		}
		if status != 202 || at > 300<<20 {
			t.Fatalf("%d bytes: %d %v", at, status, body)
		}
	}
	u.request("DELETE", url, nil)
	u.want(201, "PUT", "/me/drive/root:/small.txt:/content", "there is room again")

	first := u.begin("/me/drive/root:/a.txt:", "")
	for range 1000 {
		u.begin("/me/drive/root:/a.txt:", "")
	}
	if status, _ := u.request("GET", first, nil); status != 404 {
		t.Errorf("the oldest of 1001 sessions: %d", status)
	}
}

// TestUploadsAreNoPartOfTheState: a state that was taken during an upload can be set again.
func TestUploadsAreNoPartOfTheState(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	url := u.begin("/me/drive/root:/half.bin:", "")
	u.part(url, make([]byte, step), 0, 2*step)
	state := u.server.State()
	text, err := state.Encode()
	if err != nil || bytes.Contains(text, []byte("~")) {
		t.Fatalf("%v: the state has %d bytes", err, len(text))
	}
	if err := u.server.SetState(state); err != nil {
		t.Fatal(err)
	}
	again, err := u.server.State().Encode()
	if err != nil || !bytes.Equal(again, text) {
		t.Errorf("%v: another state:\n%s\nwant\n%s", err, again, text)
	}
}

// Parts for a task are put to a URL of Graph itself, which wants a token as all of them do.
func TestUploadsToTasksNeedATokenForEachPart(t *testing.T) {
	t.Parallel()
	u := newUploader(t)
	task := "/me/todo/lists/AAMkAGTasks=/tasks/AAMkAGTask01=" // of the fixture
	session := u.want(200, "POST", task+"/attachments/createUploadSession",
		`{"attachmentInfo": {"attachmentType": "file", "name": "map.bin", "size": 20}}`)
	url, _ := session["uploadUrl"].(string)
	put := func(from int, headers ...string) (int, map[string]any) {
		return u.request("PUT", url+"/content", []byte("0123456789"), append(headers,
			"Content-Range", fmt.Sprintf("bytes %d-%d/20", from, from+9), "Content-Type", "application/octet-stream")...)
	}
	token := []string{"Authorization", "Bearer opaque"}
	for _, part := range []struct {
		from    int
		headers []string
		status  int
	}{{0, nil, 401}, {0, token, 200}, {5, token, 416}, {10, token, 201}, {10, token, 404}} {
		if status, body := put(part.from, part.headers...); status != part.status {
			t.Errorf("from %d: %d %v, want %d", part.from, status, body, part.status)
		}
	}
	file := u.want(200, "GET", task+"/attachments", "")["value"].([]any)[0].(map[string]any)
	if _, got := u.send("GET", task+"/attachments/"+file["id"].(string)+"/$value", ""); string(got) != "01234567890123456789" {
		t.Errorf("it has %s", got)
	}
}
