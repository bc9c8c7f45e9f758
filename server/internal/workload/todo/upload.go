package todo

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

const (
	attachmentType = "microsoft.graph.attachmentBase"
	sessionType    = "microsoft.graph.attachmentSession"
	fileAttachment = "microsoft.graph.taskFileAttachment"

	// uploaded is where the bytes of a file are that was attached in parts, below the attachment.
	uploaded = "/$value"

	// maxUpload is how many bytes a file may have, and maxAttachment from how many on it needs an
	// upload session (DOC todo-attachments.md).
	maxUpload     = 25 << 20
	maxAttachment = 3 << 20
)

// uploads are the rules of uploads to tasks (DOC todo-attachments.md): in parts of at most 4 MB, until
// the time that was said at the beginning.
var uploads = &service.Uploads{
	MaxPart: 4 << 20, PartStatus: http.StatusOK, Fixed: true, Complete: attach, Completed: attached,
	Part: sessionOf,
}

// attachments is the behavior of what an upload begins at, and sessions that of what it goes on at: a
// session is an entity, whose content a client puts with its token.
func attachments() *service.Behavior {
	return &service.Behavior{
		Type:       attachmentType,
		Operations: map[string]service.Operation{"createUploadSession": createUploadSession},
	}
}

func sessions() *service.Behavior {
	return &service.Behavior{
		Type: sessionType, Uploads: uploads,
		Virtual: func(r store.Reader, collection, key string) (record store.Record, found bool) {
			u, found := service.UploadOf(r, key)
			if !found || u.Path != service.OwnerOf(collection)+"/attachments" {
				return record, false
			}
			session := sessionOf(&u)
			session["id"] = key
			return store.Record{ID: service.IDOf(key), Type: sessionType, JSON: jsontext.Append(nil, session)}, true
		},
		Receive: func(c *service.Call, e *service.Entity, _ string) (service.Response, error) { return c.Upload(e.Key()) },
		Remove: func(c *service.Call) (done bool, err error) {
			e, err := c.Bound()
			if err == nil {
				_, err = c.Upload(e.Key())
			}
			return true, err
		},
	}
}

// sessionOf is what a client gets to know of a session once it has begun.
func sessionOf(u *service.Upload) map[string]any {
	return map[string]any{
		"expirationDateTime": graph.FormatTime(u.Expires), "nextExpectedRanges": []any{strconv.FormatInt(u.Received, 10)},
	}
}

// createUploadSession begins the upload of a file of any size.
func createUploadSession(c *service.Call) (service.Result, error) {
	info, _ := c.Parameter("attachmentInfo").(map[string]any)
	kind, _ := info["attachmentType"].(string)
	name, _ := info["name"].(string)
	number, _ := info["size"].(json.Number)
	size, err := number.Int64()
	switch {
	case err != nil || size < 1 || name == "" || !strings.EqualFold(kind, "file"):
		return service.Result{}, service.Fail("todo-attachment-info")
	case size > maxUpload:
		return service.Result{}, service.Fail("todo-attachment-large")
	}
	id, session := c.OpenUpload(&service.Upload{Type: sessionType, Path: c.Collection(), Total: size, With: map[string]any{
		"name": name, "size": number, "contentType": info["contentType"],
	}})
	session["uploadUrl"] = urlOf(c, service.OwnerOf(c.Collection())+"/attachmentSessions/"+id)
	return service.Result{Value: session}, nil
}

// urlOf is the URL of what is at a path in the store.
func urlOf(c *service.Call, path string) string {
	segments := slices.DeleteFunc(strings.Split(path, "/"), func(segment string) bool { return segment == "." }) // of todo
	for i, segment := range segments {
		segments[i] = url.PathEscape(service.KeyOf(segment))
	}
	return c.Root.Scheme + "://" + c.Root.Host + c.Root.Path + "/" + strings.Join(segments, "/")
}

// attach attaches a file as soon as all of it is there.
func attach(c *service.Call, u *service.Upload, data []byte) (*service.Entity, bool, error) {
	if u.With["contentType"] == nil {
		u.With["contentType"] = http.DetectContentType(data) // assumed
	}
	e := c.Create(u.Path, fileAttachment, u.With)
	if c.Tx.PutMedia(e.Path+uploaded, data) != nil {
		return nil, false, service.Fail(graph.ErrorStorage)
	}
	return e, true, nil
}

// attached is the response to the last part: a Location that ends with the id.
func attached(c *service.Call, e *service.Entity) service.Response {
	return service.Response{Status: http.StatusCreated, Location: urlOf(c, e.Path)}
}

func files() *service.Behavior {
	return &service.Behavior{
		Type: fileAttachment, NewKey: outlook.NewItemID, Single: []string{"contentBytes"},
		Value: func(w *service.Write, name string) (any, bool) {
			if name == "size" && w.Sent["contentBytes"] != nil {
				return json.Number(strconv.Itoa(len(content(w.Sent)))), true
			}
			return nil, false
		},
		Check: func(_ *service.Call, w *service.Write) error {
			if len(content(w.Sent)) >= maxAttachment {
				return service.Fail("todo-attachment-size")
			}
			return nil
		},
		Show: func(r store.Reader, path string, file map[string]any) {
			if data, has := r.Media(path + uploaded); has {
				file["contentBytes"] = base64.StdEncoding.EncodeToString(data)
			}
		},
		Content: func(r store.Reader, e *service.Entity) (data []byte, media string) {
			data, isUploaded := r.Media(e.Path + uploaded)
			if !isUploaded {
				data = content(e.Properties)
			}
			return data, cmp.Or(e.Text("contentType"), "application/octet-stream")
		},
	}
}

// content is what an attachment has.
func content(attachment map[string]any) []byte {
	text, _ := attachment["contentBytes"].(string)
	data, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil {
		return nil
	}
	return data
}
