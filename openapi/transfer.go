package openapi

import (
	"net/http"
	"strings"

	"github.com/graphmock/graphmock/openapi/graph"
)

// Operations of the URLs that Graph hands out and another service answers: uploads,
// downloads and monitors of what takes its time. The URL itself is the permission: they
// need no token. Their paths have no service root; only SharePoint and Outlook know
// what else is in them.
var transferOperations = []struct{ method, path, id string }{
	{http.MethodGet, "/_layouts/15/download.aspx", "transfer.Download"},
	{http.MethodGet, "/_layouts/15/thumbnail.aspx", "transfer.GetThumbnail"},
	{http.MethodGet, "/_api/v2.0/monitor/{monitor-id}", "transfer.GetMonitor"},
	{http.MethodGet, "/_api/v2.0/uploads/{session-id}", "transfer.GetUpload"},
	{http.MethodPut, "/_api/v2.0/uploads/{session-id}", "transfer.PutUpload"},
	{http.MethodPost, "/_api/v2.0/uploads/{session-id}", "transfer.CommitUpload"},
	{http.MethodDelete, "/_api/v2.0/uploads/{session-id}", "transfer.CancelUpload"},
	{http.MethodGet, graph.AttachmentSessions + "{session-id}", "transfer.GetAttachment"},
	{http.MethodPut, graph.AttachmentSessions + "{session-id}", "transfer.PutAttachment"},
	{http.MethodDelete, graph.AttachmentSessions + "{session-id}", "transfer.CancelAttachment"},
}

// newTransfers returns the operations of transfers, and finds them by their paths.
func newTransfers(c *Contract) (r router, all []*Operation) {
	r = router{bases: []string{""}, fold: true}
	for _, t := range transferOperations {
		op := &Operation{
			ID: t.id, Method: t.method, Path: t.path, shape: pathShape(t.path), resource: t.path,
			action: t.method + " " + t.path, contract: c, derived: true, transfer: true,
			responses: map[string]*response{}, statuses: map[int]*response{},
		}
		if _, name, ok := strings.Cut(t.path, "{"); ok {
			op.params = []string{strings.TrimSuffix(name, "}")}
		}
		op.resolve.Do(func() {}) // no model has the path
		body := bytesContent()
		op.body = &body
		op.respond(http.StatusOK, body)
		op.tolerate(body, http.StatusCreated, http.StatusAccepted, http.StatusNoContent, http.StatusPartialContent,
			http.StatusSeeOther, http.StatusNotModified)
		for _, status := range []string{"4XX", "5XX"} {
			op.responses[status] = &response{content: anyContent(), optional: true}
		}
		if err := r.add(op); err != nil {
			panic("BUG: " + err.Error())
		}
		all = append(all, op)
	}
	return r, all
}

// IsTransfer reports whether the operation is that of a URL which Graph has handed out,
// and which is all that a caller needs.
func (op *Operation) IsTransfer() bool { return op.transfer }

// IsTransferPath reports whether a path is one of a URL that Graph has handed out.
func IsTransferPath(path string) bool {
	const sessions = graph.AttachmentSessions
	return strings.HasPrefix(path, "/_layouts/15/") || strings.HasPrefix(path, "/_api/v2.0/") ||
		len(path) >= len(sessions) && strings.EqualFold(path[:len(sessions)], sessions)
}

// transferAt returns the operations of transfers with a path.
func (c *Contract) transferAt(path string) (all []*Operation) {
	shape := pathShape(path)
	for _, op := range c.transfers {
		if op.shape == shape {
			all = append(all, op)
		}
	}
	return all
}
