package mail

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// uploaded is where the bytes of a file are that was attached in parts, below the attachment.
const uploaded = "/$value"

// Sizes of files that need an upload session (DOC outlook-large-attachments). What 3 MB are is not
// said: a file that some take for smaller can be sent either way. OBS of 2020: from 2 MiB on
// (msgraph-sdk-java#52).
const (
	minUpload = 3_000_000
	maxUpload = 150 << 20
)

// uploads are the rules of uploads to messages and events (DOC outlook-large-attachments): in parts
// of at most 4 MB, until the time that was said at the beginning. What a larger part would meet is not
// said: it is taken, as that of a drive.
var uploads = &service.Uploads{
	MaxPart: 60<<20 - 1, PartStatus: http.StatusOK, Fixed: true, At: graph.AttachmentSessions,
	Complete: attachUpload, Completed: attached,
	Part: func(u *service.Upload) map[string]any {
		return map[string]any{
			"ExpirationDateTime": graph.FormatTime(u.Expires), "nextExpectedRanges": []any{strconv.FormatInt(u.Received, 10)},
		}
	},
}

// createUploadSession begins the upload of a file that is to be attached: 201.
func createUploadSession(c *service.Call) (service.Result, error) {
	item, _ := c.Parameter("AttachmentItem").(map[string]any)
	kind, _ := item["attachmentType"].(string)
	name, _ := item["name"].(string)
	number, _ := item["size"].(json.Number)
	size, err := number.Int64()
	switch {
	case err != nil || name == "" || !strings.EqualFold(kind, "file"):
		return service.Result{}, service.Fail("mail-attachment-item")
	case size < minUpload:
		return service.Result{}, service.Fail("mail-attachment-small")
	case size > maxUpload:
		return service.Result{}, service.Fail("mail-attachment-large")
	}
	u := service.Upload{Type: attachmentType, Path: c.Collection(), Total: size, With: map[string]any{
		"name": name, "size": number, "contentType": mediaOf(name), "contentId": nil, "contentLocation": nil,
	}}
	for _, name := range []string{"contentType", "isInline", "contentId"} {
		if item[name] != nil {
			u.With[name] = item[name]
		}
	}
	return service.Result{Status: http.StatusCreated, Value: c.BeginUpload(&u)}, nil
}

// attachUpload attaches a file as soon as all of it is there.
func attachUpload(c *service.Call, u *service.Upload, data []byte) (*service.Entity, bool, error) {
	if _, found := c.Get(service.OwnerOf(u.Path)); !found {
		return nil, false, service.Fail("mailbox-item-not-found")
	}
	e := c.Create(u.Path, fileAttachment, u.With)
	if c.Tx.PutMedia(e.Path+uploaded, data) != nil {
		return nil, false, service.Fail(graph.ErrorStorage)
	}
	return e, true, nil
}

// attached is the response to the last part: a Location that ends with the id.
func attached(c *service.Call, e *service.Entity) service.Response {
	names := strings.Split(e.Path, "/") // users/ID/messages/ID/attachments/ID
	at := c.Root.Scheme + "://" + c.Root.Host + "/api/v2.0"
	for i := 0; i+1 < len(names); i += 2 {
		key := service.KeyOf(names[i+1])
		if names[i] == "users" {
			key += "@" + c.Caller.Tenant
		}
		at += "/" + strings.ToUpper(names[i][:1]) + names[i][1:] + "('" + key + "')"
	}
	return service.Response{Status: http.StatusCreated, Location: at}
}

// showAttachment shows the bytes of a file that are kept by themselves.
func showAttachment(r store.Reader, path string, attachment map[string]any) {
	if data, has := r.Media(path + uploaded); has {
		attachment["contentBytes"] = base64.StdEncoding.EncodeToString(data)
	}
}
