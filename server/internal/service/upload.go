package service

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/auth"
	"github.com/graphmock/graphmock/server/internal/store"
)

// An Upload is a session in which a client sends bytes in parts, one after the other (DOC
// driveitem-createuploadsession). The parts are kept until the last one has come.
type Upload struct {
	Type     string         `json:"t"` // of the behavior that completes it
	Spot     Spot           `json:"s"` // where the bytes are to be
	Path     string         `json:"p"` // or what they are to be added to
	Total    int64          `json:"n"` // how many there are; 0 if nobody has said so yet
	Deferred bool           `json:"d"` // they are only there once the client says so
	With     map[string]any `json:"w"` // what the client has said of them
	Conflict string         `json:"c"`

	Received int64  `json:"r"`
	Uneven   bool   `json:"u"` // a part before the last one had no size that parts have
	User     string `json:"i"` // who has begun it
	UserName string `json:"j"`
	UserUPN  string `json:"k"`
	Expires  int64  `json:"e"`
}

// Uploads are the rules of uploads for a type.
type Uploads struct {
	MaxPart    int // bytes that a part may have
	Multiple   int // of which sizes of parts are, but for the last one; 0 if any will do
	PartStatus int // of the response to a part that is not the last one

	// Complete makes an entity of the bytes of an upload.
	Complete func(c *Call, u *Upload, data []byte) (e *Entity, created bool, err error)

	// Redirected is the id of the error of Complete after which a PUT may say where the bytes are
	// to be instead. Complete has written nothing then.
	Redirected string

	// Fixed reports that a session ends when it was said to at its beginning. Default: a while
	// after the last part.
	Fixed bool

	// At begins the path of the URLs of sessions. Default: that of drives.
	At string

	// Part is what the response to a part has. Default: when the session ends, and what is missing.
	Part func(u *Upload) map[string]any

	// Completed is the response once that is done, nil for the entity.
	Completed func(c *Call, e *Entity) Response
}

const (
	// uploads is the collection of the sessions of a tenant. It is no part of its state.
	uploads = removedPrefix + "uploads"

	driveUploads = "/_api/v2.0/uploads/"

	// uploadLife is for how many milliseconds a session is kept [assumed].
	uploadLife = 24 * 60 * 60 * 1000

	maxUploads     = 1000 // of a tenant; the oldest one goes
	uploadTransfer = "upload"
)

// BeginUpload keeps a session, and returns what a client gets to know of it.
func (c *Call) BeginUpload(u *Upload) map[string]any {
	id, session := c.OpenUpload(u)
	at := cmp.Or(c.service.named[u.Type].Uploads.At, driveUploads)
	session["uploadUrl"] = c.TransferURL(at+id, Ticket{Transfer: uploadTransfer, Path: id})
	return session
}

// OpenUpload is BeginUpload for a session whose URL is that of an entity, which finds it by its id.
func (c *Call) OpenUpload(u *Upload) (id string, session map[string]any) {
	u.User, u.UserName, u.UserUPN = c.Caller.User.ID, c.Caller.User.DisplayName, c.Caller.User.PrincipalName
	for c.Tx.Len(uploads) >= maxUploads {
		oldest, _ := c.Tx.First(uploads)
		c.Tx.Delete(uploads, oldest.ID)
	}
	id = c.service.config.Random.GUID()
	c.keepUpload(id, u, c.Tx.Next())
	return id, u.Status()
}

// UploadOf returns the session with an id.
func UploadOf(r store.Reader, id string) (u Upload, found bool) {
	record, found := r.Get(uploads, id)
	if found {
		u = readUpload(record.JSON)
	}
	return u, found
}

func (c *Call) keepUpload(id string, u *Upload, rank int64) {
	if u.Expires == 0 || !c.service.named[u.Type].Uploads.Fixed {
		u.Expires = c.Now.MS + uploadLife
	}
	text, err := json.Marshal(u)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	c.Tx.Put(uploads, store.Record{ID: id, JSON: text, Expires: u.Expires, Rank: rank})
}

func readUpload(text []byte) (u Upload) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&u); err != nil {
		panic("BUG: " + err.Error())
	}
	return u
}

// Status is what a client gets to know of a session.
func (u *Upload) Status() map[string]any {
	next := []any{}
	switch {
	case u.Total == 0 || u.Received == 0:
		next = append(next, strconv.FormatInt(u.Received, 10)+"-")
	case u.Received < u.Total:
		next = append(next, fmt.Sprintf("%d-%d", u.Received, u.Total-1)) // microsoftgraph: onedrive-api-docs#1273
	}
	return map[string]any{"expirationDateTime": graph.FormatTime(u.Expires), "nextExpectedRanges": next}
}

// upload answers for the URL of a session.
func (s *Service) upload(c *Call, t *Ticket) (Response, error) {
	if c.Method == http.MethodPut && c.Header.Get("Authorization") != "" { // DOC of PUT; rclone sends it with GET
		return Response{}, fail("upload-authorization")
	}
	if u, found := UploadOf(c.Tx, t.Path); found {
		c.Caller.User = auth.NewUser(u.User, u.UserUPN, u.UserName)
	}
	return c.Upload(t.Path)
}

// Upload answers a request for a session: a part, or what the method asks for.
func (c *Call) Upload(id string) (Response, error) {
	record, found := c.Tx.Get(uploads, id)
	if !found {
		return Response{}, fail("upload-not-found")
	}
	u := readUpload(record.JSON)
	switch c.Method {
	case http.MethodGet:
		return uploadStatus(http.StatusOK, &u), nil
	case http.MethodDelete:
		c.Tx.Delete(uploads, id)
		return Response{Status: http.StatusNoContent}, nil
	case http.MethodPost:
		if u.Total == 0 || u.Received < u.Total {
			return Response{}, fail("upload-incomplete")
		}
		return c.service.completeUpload(c, id, &u)
	}
	return c.service.addPart(c, id, &u, record.Rank)
}

func uploadStatus(status int, u *Upload) Response {
	return Response{Status: status, ContentType: contentTypeJSON, Body: jsontext.Append(nil, u.Status())}
}

// addPart takes a part of an upload.
func (s *Service) addPart(c *Call, id string, u *Upload, rank int64) (Response, error) {
	rules := s.named[u.Type].Uploads
	part, err := readPart(c.Header.Get("Content-Range"))
	switch {
	case err != nil:
		return Response{}, err
	case part.last-part.first+1 != int64(len(c.Raw)):
		return Response{}, fail("upload-length")
	case len(c.Raw) > rules.MaxPart:
		return Response{}, fail("upload-part-too-large", "{reason}", strconv.Itoa(rules.MaxPart))
	case u.Total > 0 && part.total != u.Total:
		return Response{}, fail("upload-total", "{id}", strconv.FormatInt(u.Total, 10), "{reason}", strconv.FormatInt(part.total, 10))
	case part.first < u.Received:
		return Response{}, fail("upload-overlap")
	case part.first > u.Received:
		return Response{}, fail("upload-out-of-order")
	}
	u.Total, u.Received = part.total, part.last+1
	done := u.Received == u.Total
	u.Uneven = u.Uneven || !done && rules.Multiple > 0 && len(c.Raw)%rules.Multiple != 0
	if c.Tx.PutMedia(fmt.Sprintf("%s/%s/%016x", uploads, id, part.first), c.Raw) != nil {
		return Response{}, fail("drive-full")
	}
	c.keepUpload(id, u, rank)
	if !done || u.Deferred {
		res := uploadStatus(rules.PartStatus, u)
		if rules.Part != nil {
			res.Body = jsontext.Append(nil, rules.Part(u))
		}
		return res, nil
	}
	res, err := s.completeUpload(c, id, u)
	if f, is := err.(*failure); is && rules.Redirected != "" && f.id == rules.Redirected { // nothing was written but the part
		return failed(err), nil
	}
	return res, err
}

// sourceURL is the annotation with the URL of a session, whose bytes are to be those of what it is
// sent to: another name, where the first one was taken.
const sourceURL = "@microsoft.graph.sourceUrl"

// redirectUpload completes an upload where a PUT wants it (DOC driveitem-createuploadsession).
func (s *Service) redirectUpload(r *Request, at target, source string) Response {
	var done Response
	err := s.transact(r, func(tx store.Tx) error {
		t, taken := s.ticket(source, r.Now.MS)
		record, found := tx.Get(uploads, t.Path)
		if !taken || !found || t.Transfer != uploadTransfer {
			return fail("upload-not-found")
		}
		c := &Call{Request: r, Tx: tx, service: s, at: at}
		spot, err := c.spot()
		if err != nil {
			return err
		}
		u := readUpload(record.JSON)
		if u.Spot = spot; r.conflict() != "" {
			u.Conflict = r.conflict()
		}
		if u.Total == 0 || u.Received < u.Total {
			return fail("upload-incomplete")
		}
		done, err = s.completeUpload(c, t.Path, &u)
		return err
	})
	if err != nil {
		return failed(err)
	}
	if done.entity != nil {
		return s.resultResponse(r, &Result{Entity: done.entity, Status: done.Status})
	}
	return done
}

// completeUpload makes of the parts what they are parts of. Where that fails, they are kept.
func (s *Service) completeUpload(c *Call, id string, u *Upload) (Response, error) {
	if u.Uneven { // DOC: sizes that are no multiples fail in the end
		return Response{}, fail("upload-uneven")
	}
	data := make([]byte, 0, u.Total)
	for _, path := range c.Tx.MediaPaths(uploads + "/" + id + "/") {
		part, _ := c.Tx.Media(path)
		data = append(data, part...)
	}
	rules := s.named[u.Type].Uploads
	e, created, err := rules.Complete(c, u, data)
	if err != nil {
		return Response{}, err
	}
	c.Tx.Delete(uploads, id)
	if rules.Completed != nil {
		return rules.Completed(c, e), nil
	}
	if created {
		return Response{Status: http.StatusCreated, entity: e}, nil
	}
	return Response{Status: http.StatusOK, entity: e}, nil
}

// contentPart is what a Content-Range says of a part.
type contentPart struct{ first, last, total int64 }

// readPart reads a Content-Range, such as bytes 0-25/128.
func readPart(text string) (p contentPart, err error) {
	unit, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	if !strings.EqualFold(unit, "bytes") {
		return p, fail("upload-range-invalid", "{reason}", text)
	}
	span, total, _ := strings.Cut(rest, "/")
	first, last, _ := strings.Cut(span, "-")
	for _, each := range []struct {
		text string
		to   *int64
	}{{first, &p.first}, {last, &p.last}, {total, &p.total}} {
		n, err := strconv.ParseUint(strings.TrimSpace(each.text), 10, 62)
		if err != nil {
			return p, fail("upload-range-invalid", "{reason}", text)
		}
		*each.to = int64(n)
	}
	if p.last < p.first || p.last >= p.total {
		return p, fail("upload-range-invalid", "{reason}", text)
	}
	return p, nil
}
