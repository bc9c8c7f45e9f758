package todo_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
	"github.com/graphmock/graphmock/server/internal/workload/todo"
)

func TestTasksTakeFilesInParts(t *testing.T) {
	t.Parallel()
	c := servicetest.NewClient(t, openapi.Embedded().Tree(), todo.Behaviors()...)
	list := c.Must(201, "POST", "/me/todo/lists", `{"displayName": "Errands"}`)["id"].(string)
	task := "/me/todo/lists/" + list + "/tasks/" + c.Must(201, "POST", "/me/todo/lists/"+list+"/tasks", `{"title": "Map"}`)["id"].(string)
	data := bytes.Repeat([]byte("0123456789"), 500_000)
	begin := func(size int) string {
		session := c.Must(200, "POST", task+"/attachments/createUploadSession",
			fmt.Sprintf(`{"attachmentInfo": {"attachmentType": "file", "name": "map.txt", "size": %d}}`, size))
		if got := fmt.Sprint(session["nextExpectedRanges"]); got != "[0-]" {
			t.Errorf("it expects %s", got)
		}
		return strings.TrimPrefix(session["uploadUrl"].(string), servicetest.Origin)
	}
	put := func(url string, from, to int) service.Response {
		p, bad := openapi.Embedded().Tree().Parse(url + "/content")
		if bad != nil {
			t.Fatal(bad)
		}
		res, ok := c.Service.Serve(&service.Request{
			Method: "PUT", Path: p, Raw: data[from:to], Caller: c.Caller, Now: service.NewTimestamp(c.Now), Metadata: c.Metadata,
			Root:   service.Root{Scheme: "https", Host: "library.example", Path: "/v1"},
			Header: http.Header{"Content-Range": {fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(data))}, "Authorization": {"Bearer x"}},
		})
		if !ok {
			t.Fatalf("%s: not served", url)
		}
		return res
	}
	url := begin(len(data))
	if !strings.HasPrefix(url, "/users/u1/todo/lists/"+strings.ReplaceAll(list, "=", "%3D")) && !strings.HasPrefix(url, "/users/u1/todo/lists/"+list) {
		t.Errorf("the URL is %s", url)
	}
	if res := put(url, 0, 4<<20); res.Status != 200 || !strings.Contains(string(res.Body), `"nextExpectedRanges":["4194304"]`) {
		t.Errorf("the first part: %d %s %s", res.Status, res.Error, res.Body)
	}
	if got := c.Get(url); fmt.Sprint(got["nextExpectedRanges"]) != "[4194304]" || !strings.HasSuffix(url, got["id"].(string)) {
		t.Errorf("the session is %v", got)
	}
	if res := put(url, 0, 10); res.Error != "upload-overlap" {
		t.Errorf("the first part again: %d %s", res.Status, res.Error)
	}
	res := put(url, 4<<20, len(data))
	if res.Status != 201 || len(res.Body) > 0 {
		t.Fatalf("the last part: %d %s %s", res.Status, res.Error, res.Body)
	}
	file := c.Get(strings.TrimPrefix(res.Location, servicetest.Origin))
	if fmt.Sprint(file["name"], " ", file["size"], " ", file["contentType"]) != "map.txt 5000000 text/plain; charset=utf-8" ||
		len(file["contentBytes"].(string)) < len(data) {
		t.Errorf("the attachment is %v %v %v", file["name"], file["size"], file["contentType"])
	}
	if _, got := c.Send("GET", task+"/attachments/"+file["id"].(string)+"/$value", ""); got != string(data) {
		t.Errorf("it has %d bytes", len(got))
	}
	c.Want("GET", url, "", 0, "mailbox-item-not-found")
	if c.Get(task)["hasAttachments"] != true {
		t.Error("the task has no attachments")
	}

	url = begin(len(data))
	other := strings.Replace(url, "/attachmentSessions/", "/attachmentSessions/x", 1)
	if res := put(other, 0, 10); res.Error != "mailbox-item-not-found" {
		t.Errorf("another session: %d %s", res.Status, res.Error)
	}
	c.Must(204, "DELETE", url, "")
	if res := put(url, 0, 10); res.Error != "mailbox-item-not-found" {
		t.Errorf("a session that is no more: %d %s", res.Status, res.Error)
	}
	url = begin(len(data))
	c.Now += 25 * 60 * 60 * 1000
	c.Want("GET", url, "", 0, "mailbox-item-not-found")
}

func TestUploadsToTasksThatAreNone(t *testing.T) {
	t.Parallel()
	c := servicetest.NewClient(t, openapi.Embedded().Tree(), todo.Behaviors()...)
	list := c.Must(201, "POST", "/me/todo/lists", `{"displayName": "Errands"}`)["id"].(string)
	at := "/me/todo/lists/" + list + "/tasks/" + c.Must(201, "POST", "/me/todo/lists/"+list+"/tasks", `{"title": "Map"}`)["id"].(string) +
		"/attachments"
	for info, want := range map[string]string{
		`{"attachmentType": "file", "name": "a", "size": 26214401}`: "todo-attachment-large",
		`{"attachmentType": "file", "name": "a", "size": 0}`:        "todo-attachment-info",
		`{"attachmentType": "file", "size": 1}`:                     "todo-attachment-info",
		`{"attachmentType": "reference", "name": "a", "size": 1}`:   "todo-attachment-info",
	} {
		c.Want("POST", at+"/createUploadSession", `{"attachmentInfo": `+info+`}`, 0, want)
	}
	large := strings.Repeat("AAAA", 1<<20)
	c.Want("POST", at, `{"@odata.type": "#microsoft.graph.taskFileAttachment", "name": "a", "contentBytes": "`+large+`"}`, 0,
		"todo-attachment-size")
}
