package mail

import (
	"encoding/base64"
	"encoding/json"
	"mime"
	"path"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

const (
	attachmentType = "microsoft.graph.attachment"
	fileAttachment = "microsoft.graph.fileAttachment"
	itemAttachment = "microsoft.graph.itemAttachment"

	attachmentSet = "/attachments"

	// maxAttachment is the size from which on an attachment needs an upload session (DOC).
	maxAttachment = 3 << 20

	// listed is the index of attachments that a message is said to have: not of pictures in
	// its text (DOC).
	listed = "listed"
)

// attachments is the behavior of all kinds of attachments.
func attachments() *service.Behavior {
	return &service.Behavior{
		Type: attachmentType, NewKey: attachmentID, LastingKey: outlook.ImmutableID, Missing: outlook.Missing, Gone: outlook.NotFound, Alone: true,
		Order: strings.Fields("id lastModifiedDateTime name contentType size isInline contentId contentLocation contentBytes"),
		Value: attachmentValue, Index: attachmentIndex, Check: checkAttachment, Content: attachmentContent,
		Show: showAttachment, Changed: noteAttachments, Uploads: uploads,
		Operations: map[string]service.Operation{"createUploadSession": createUploadSession},
	}
}

func attachmentValue(w *service.Write, property string) (any, bool) {
	content, isFile := w.Sent["contentBytes"].(string)
	switch property {
	case "lastModifiedDateTime":
		return graph.FormatSeconds(w.Record.Modified), true
	case "isInline":
		return false, w.Sent[property] == nil
	case "size":
		if isFile {
			return json.Number(strconv.Itoa(sizeOf(content))), true
		}
		return json.Number("0"), w.Sent[property] == nil
	case "contentType":
		if name, _ := w.Sent["name"].(string); isFile && w.Sent[property] == nil {
			return mediaOf(name), true
		}
		return nil, w.Sent[property] == nil // REC of items
	case "contentId", "contentLocation":
		return nil, isFile && w.Sent[property] == nil
	}
	return nil, false
}

// mediaOf is the media type that the name of a file tells.
func mediaOf(name string) string {
	if known := mime.TypeByExtension(path.Ext(name)); known != "" {
		media, _, _ := strings.Cut(known, ";")
		return media
	}
	return "application/octet-stream"
}

// sizeOf is how many bytes a text in base64 stands for.
func sizeOf(content string) int { return len(strings.TrimRight(content, "=")) * 3 / 4 }

func attachmentIndex(w *service.Write) []store.Index {
	if w.Property("isInline") == true {
		return nil
	}
	return []store.Index{{Name: listed}}
}

// checkAttachment refuses what needs an upload session.
func checkAttachment(_ *service.Call, w *service.Write) error {
	if content, _ := w.Sent["contentBytes"].(string); sizeOf(content) >= maxAttachment {
		return service.Fail("mail-attachment-size")
	}
	return nil
}

// noteAttachments keeps hasAttachments of a message true.
func noteAttachments(tx store.Tx, c service.Change) {
	message, is := strings.CutSuffix(c.Collection, attachmentSet)
	if !is {
		return
	}
	has := tx.SnapshotIndex(c.Collection, listed, "").Len() > 0
	c.Amend(tx, message, func(properties map[string]any) bool {
		changes := properties["hasAttachments"] != nil && properties["hasAttachments"] != has
		properties["hasAttachments"] = has
		return changes
	})
}

// attachmentContent is the $value of an attachment: the bytes of a file, the MIME form of
// an item, or what stands for it (DOC).
func attachmentContent(r store.Reader, e *service.Entity) (data []byte, media string) {
	switch e.Type {
	case fileAttachment:
		data, isLarge := r.Media(e.Path + uploaded)
		var err error
		if !isLarge {
			data, err = base64.StdEncoding.DecodeString(e.Text("contentBytes"))
		}
		if media = e.Text("contentType"); err != nil || media == "" {
			media = "application/octet-stream"
		}
		return data, media
	case itemAttachment:
		if item, found := service.Read(r, e.Path+"/item/."); found {
			if data, media := rawContent(item); media != "" {
				return data, media
			}
			return messageContent(r, item)
		}
	}
	return nil, ""
}
