package mail_test

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
)

// An attacher sends files in parts, as clients do: without a token.
type attacher struct {
	*servicetest.Client
	t   *testing.T
	url string
}

func (a *attacher) send(method, ranges string, data []byte) service.Response {
	a.t.Helper()
	u, err := url.Parse(a.url)
	if err != nil {
		a.t.Fatal(err)
	}
	return a.Service.Transfer(&service.Request{Method: method, URLQuery: u.RawQuery, Raw: data, Caller: a.Caller,
		Header: http.Header{"Content-Range": {ranges}}, Now: service.NewTimestamp(a.Now), Metadata: a.Metadata,
		Root: service.Root{Scheme: "https", Host: u.Host, Path: "/api/v2.0"}})
}

func (a *attacher) part(data []byte, from, to int) service.Response {
	a.t.Helper()
	return a.send("PUT", fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(data)), data[from:to])
}

func (a *attacher) begin(item string, size int) {
	a.t.Helper()
	body := fmt.Sprintf(`{"AttachmentItem": {"attachmentType": "file", "name": "map.png", "size": %d}}`, size)
	session := a.Must(201, "POST", item+"/attachments/createUploadSession", body)
	if fmt.Sprint(session["nextExpectedRanges"]) != "[0-]" || session["expirationDateTime"] != "2023-11-15T22:13:20Z" {
		a.t.Fatalf("%v", session)
	}
	a.url = session["uploadUrl"].(string)
}

// TestRandomAttachments cuts files into parts at random, some of which are sent twice, and some of the
// files given up. Those that were sent whole are attached, to messages as to events.
func TestRandomAttachments(t *testing.T) {
	servicetest.Random(t, 1_000, func(t *testing.T, r *rand.Rand, steps int) {
		a := &attacher{open(t), t, ""}
		item := "/me/messages/" + sent(t, a.Client, 201, `POST /me/messages {"subject": "Map"}`)["id"].(string)
		attached := 0
		for done := 0; done < steps; {
			data := make([]byte, 3<<20+r.IntN(1<<16))
			rand.NewChaCha8([32]byte{byte(done), byte(r.Uint32())}).Read(data)
			a.begin(item, len(data))
			givenUp := r.IntN(4) == 0
			for at := 0; at < len(data); done++ {
				if givenUp && r.IntN(10) == 0 {
					if res := a.send("DELETE", "", nil); res.Status != 204 {
						t.Fatalf("%d %s", res.Status, res.Error)
					}
					if res := a.part(data, at, len(data)); res.Error != "upload-not-found" {
						t.Fatalf("%d %s", res.Status, res.Error)
					}
					break
				}
				to := min(at+1+r.IntN(200_000), len(data))
				res := a.part(data, at, to)
				if to == len(data) {
					id := res.Location[strings.LastIndex(res.Location, "('")+2:]
					id = strings.TrimSuffix(id, "')")
					if res.Status != 201 || len(res.Body) > 0 {
						t.Fatalf("the last part: %d %s %s", res.Status, res.Error, res.Body)
					}
					attached++
					status, got := a.Send("GET", item+"/attachments/"+id+"/$value", "")
					if status != 200 || got != string(data) {
						t.Fatalf("%d, %d bytes are not those that were sent", status, len(got))
					}
					if attached%4 == 0 { // it needs room
						a.Must(204, "DELETE", item+"/attachments/"+id, "")
						attached--
					}
					break
				}
				if body := string(res.Body); res.Status != 200 || !strings.Contains(body, fmt.Sprintf(`["%d"]`, to)) {
					t.Fatalf("%d %s %s", res.Status, res.Error, body)
				}
				if r.IntN(3) == 0 { // the response was lost
					if again := a.part(data, at, to); again.Error != "upload-overlap" {
						t.Fatalf("a part sent twice: %d %s", again.Status, again.Error)
					}
				}
				at = to
			}
			if n := len(a.Known(item+"/attachments?$select=id", func(map[string]any) string { return "" })); n != attached {
				t.Fatalf("%d are attached, want %d", n, attached)
			}
		}
	})
}

func TestUploadsOfAttachments(t *testing.T) {
	t.Parallel()
	a := &attacher{open(t), t, ""}
	message := sent(t, a.Client, 201, `POST /me/messages {"subject": "Map"}`)
	item, data := "/me/messages/"+message["id"].(string), []byte(strings.Repeat("x", 3<<20))
	for body, want := range map[string]string{
		`{"AttachmentItem": {"attachmentType": "file", "name": "a", "size": 2999999}}`:   "mail-attachment-small",
		`{"AttachmentItem": {"attachmentType": "file", "name": "a", "size": 157286401}}`: "mail-attachment-large",
		`{"AttachmentItem": {"attachmentType": "item", "name": "a", "size": 4000000}}`:   "mail-attachment-item",
		`{"AttachmentItem": {"attachmentType": "file", "size": 4000000}}`:                "mail-attachment-item",
		`{}`: "mail-attachment-item",
	} {
		a.Refused(want, "POST", item+"/attachments/createUploadSession", body)
	}
	a.Refused("mailbox-id-malformed", "POST", "/me/messages/x/attachments/createUploadSession",
		`{"AttachmentItem": {"attachmentType": "file", "name": "a", "size": 4000000}}`)
	a.begin(item, len(data))
	for _, tt := range []struct {
		ranges string
		bytes  int
		want   string
	}{
		{"bytes 0-9/10", 10, "upload-total"},
		{"bytes 10-19/3145728", 10, "upload-out-of-order"},
		{"bytes 0-9/3145728", 9, "upload-length"},
		{"0-9/3145728", 10, "upload-range-invalid"},
	} {
		if res := a.send("PUT", tt.ranges, data[:tt.bytes]); res.Error != tt.want {
			t.Errorf("%s: %d %s, want %s", tt.ranges, res.Status, res.Error, tt.want)
		}
	}
	a.part(data, 0, 1<<20)
	if whole := a.Get(item); whole["hasAttachments"] != false {
		t.Error("a part is attached")
	}
	res := a.part(data, 1<<20, len(data))
	want := "https://" + urlHost(a.url) + "/api/v2.0/Users('u1@t')/Messages('" + message["id"].(string) + "')/Attachments('"
	if !strings.HasPrefix(res.Location, want) {
		t.Errorf("the Location is %s", res.Location)
	}
	list := a.Get(item + "/attachments")["value"].([]any)
	one := list[0].(map[string]any)
	if content, _ := one["contentBytes"].(string); content != base64.StdEncoding.EncodeToString(data) ||
		fmt.Sprint(one["size"], one["name"], one["contentType"], one["isInline"]) != "3145728map.pngimage/pngfalse" {
		t.Errorf("it is %v %v %v", one["size"], one["name"], one["contentType"])
	}
	if whole := a.Get(item); whole["hasAttachments"] != true {
		t.Error("the message does not say that it has it")
	}
	moved := sent(t, a.Client, 201, `POST `+item+`/move {"destinationId": "archive"}`)["id"].(string)
	list = a.Get("/me/messages/" + moved + "/attachments")["value"].([]any)
	id := list[0].(map[string]any)["id"].(string)
	if _, text := a.Send("GET", "/me/messages/"+moved+"/attachments/"+id+"/$value", ""); text != string(data) {
		t.Errorf("once it is moved, it has %d bytes", len(text))
	}
	if _, text := a.Send("GET", "/me/messages/"+moved+"/$value", ""); len(text) < len(data)*4/3 {
		t.Errorf("its MIME form has %d bytes", len(text))
	}
	a.begin("/me/messages/"+moved, len(data))
	a.part(data, 0, 1<<20)
	a.Now += 24 * 60 * 60 * 1000
	if res := a.part(data, 1<<20, len(data)); res.Error != "upload-not-found" {
		t.Errorf("after its end: %d %s", res.Status, res.Error)
	}
}

func urlHost(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Host
}
