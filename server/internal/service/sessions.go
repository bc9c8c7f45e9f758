package service

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/graphmock/graphmock/server/internal/store"
)

// A Position is where the next page of a list begins. The client carries it, as
// $skiptoken, and can neither read nor make one.
type Position struct {
	Session uint64       `json:"w"`
	After   store.Cursor `json:"a"`
	Left    int          `json:"l"`           // of $top; -1 if it was not sent
	Skip    int          `json:"s,omitempty"` // what is left of $skip
	Query   string       `json:"q,omitempty"` // the options of the first page

	// Of a delta: the change after which this page shows others, the one up to which it
	// does, and when the link was made.
	Since int64 `json:"f,omitempty"`
	Round int64 `json:"u,omitempty"`
	Made  int64 `json:"m,omitempty"`
	From  int64 `json:"o,omitempty"` // Since of the first page
}

// Errors about a $skiptoken.
var (
	ErrTokenForged = errors.New("the token was not made by this service")
	errTokenOther  = errors.New("the token is of another list, or was answered to another caller")
	errNoSession   = errors.New("the list is no longer kept")
)

// Ids of errors about a $skiptoken.
const (
	errSkipTokenStale   = "skiptoken-expired"
	errSkipTokenInvalid = "skiptoken-invalid"
)

// sessionFailed is the response to a page that can't be given.
func (s *Service) sessionFailed(r *Request, err error) Response {
	switch err {
	case errNoSession:
		if kind := s.typeOf(r.Path.Type); kind != nil && kind.behavior.PageExpired != "" {
			return Response{Error: kind.behavior.PageExpired}
		}
		return Response{Error: errSkipTokenStale}
	case errTokenOther:
		return Response{Error: errSkipTokenInvalid, Invalid: err}
	}
	return failed(err)
}

const tokenMAC = 16 // bytes of the code that a token ends with

// skipToken writes a position as text for a URL, signed.
func (s *Service) skipToken(p Position) string {
	text, err := json.Marshal(p)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return s.SignToken(string(text))
}

// SignToken returns a text as [Service.ReadSkipToken] takes it.
func (s *Service) SignToken(text string) string {
	return base64.RawURLEncoding.EncodeToString(append([]byte(text), s.sessions.sign([]byte(text))...))
}

// readToken returns the text of a token that the service has signed.
func (s *Service) readToken(token string) ([]byte, error) {
	data, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(data) <= tokenMAC {
		return nil, ErrTokenForged
	}
	text, mac := data[:len(data)-tokenMAC], data[len(data)-tokenMAC:]
	if !hmac.Equal(mac, s.sessions.sign(text)) {
		return nil, ErrTokenForged
	}
	return text, nil
}

// ReadSkipToken reads a $skiptoken that the service has made.
func (s *Service) ReadSkipToken(token string) (*Position, error) {
	text, err := s.readToken(token)
	if err != nil {
		return nil, err
	}
	var p Position
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, ErrTokenForged
	}
	return &p, nil
}

func (s *sessions) sign(text []byte) []byte {
	mac := hmac.New(sha256.New, s.secret[:])
	mac.Write(text)
	return mac.Sum(nil)[:tokenMAC]
}

// sessions are the lists that clients have not read to their end. What a list shows
// stays in the order of its first page, whatever is written meanwhile.
type sessions struct {
	secret [32]byte // for signing

	mu    sync.Mutex
	byID  map[uint64]*session
	order []uint64 // the one that was not read for the longest time first
}

// sessionSecret is the same for the same seed, as all that a server answers.
func sessionSecret(seed uint64) [32]byte {
	return sha256.Sum256(binary.LittleEndian.AppendUint64([]byte("skiptoken"), seed))
}

// How many lists are kept, and for how many milliseconds after their last page was
// read.
const (
	maxSessions     = 1000
	sessionLifetime = 60 * 60 * 1000
)

// A session is one of them.
type session struct {
	entries entries
	of      sessionKey
	used    int64
}

// A sessionKey is what the requests for the pages of a list have in common.
type sessionKey struct {
	tenant, user, app string
	collection        string
	template          string // of the list's path: functions of a collection list it too
}

func (r *Request) sessionKey(l *list) sessionKey {
	return sessionKey{r.Caller.Tenant, r.Caller.User.ID, r.Caller.App, l.collection, l.path.Template()}
}

// keep makes a session known by an id.
func (s *sessions) keep(id uint64, each *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = map[uint64]*session{}
	}
	if len(s.order) >= maxSessions {
		delete(s.byID, s.order[0])
		s.order = s.order[1:]
	}
	s.byID[id] = each
	s.order = append(s.order, id)
}

// find returns the session with that id, if it is of that list and caller.
func (s *sessions) find(id uint64, of sessionKey, now int64) (*session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	each := s.byID[id]
	switch {
	case each == nil || now-each.used > sessionLifetime:
		return nil, errNoSession
	case each.of != of:
		return nil, errTokenOther
	}
	each.used = now
	at := slices.Index(s.order, id)
	s.order = append(slices.Delete(s.order, at, at+1), id)
	return each, nil
}

// Reset forgets all lists that clients have not read to their end, and what jobs have changed.
func (s *Service) Reset() {
	s.takeDone()
	s.sessions.mu.Lock()
	defer s.sessions.mu.Unlock()
	s.sessions.byID, s.sessions.order = nil, nil
}

// resumeList opens the collection of a request for a page that follows another one.
func (s *Service) resumeList(r *Request) (*list, error) {
	l, t, err := s.locateList(r)
	if err != nil {
		return nil, err
	}
	var missing error
	s.view(r, func(reader store.Reader) { missing = t.check(reader) })
	if missing != nil {
		return nil, missing
	}
	kept, err := s.sessions.find(r.Page.Session, r.sessionKey(l), r.Now.MS)
	if err != nil {
		return nil, err
	}
	l.entries, l.session, l.query = kept.entries, r.Page.Session, r.Page.Query
	return l, nil
}

// linkBehind is the URL of the page that follows another one. Where $skip says where it
// begins, as it does for a client that asks anew, all other options stay.
func (s *Service) linkBehind(r *Request, l *list, p *page) string {
	if l.pages == nil || l.pages.ByToken || l.session != 0 || !p.full {
		return s.linkTo(r, l, *p.next)
	}
	behind := len(p.rows)
	if l.options.Skip != nil {
		behind += *l.options.Skip
	}
	var b strings.Builder
	for option := range strings.SplitSeq(l.query, "&") {
		name, value, _ := strings.Cut(option, "=")
		name, value = unescaped(name), unescaped(value)
		if name == "" || strings.EqualFold(strings.TrimPrefix(name, "$"), "skip") {
			continue
		}
		b.WriteString(url.QueryEscape(name) + "=" + url.QueryEscape(value) + "&")
	}
	return r.url(l.path) + "?" + b.String() + "%24skip=" + strconv.Itoa(behind)
}

func unescaped(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}

// linkTo is the URL of the page of a list that begins at a position. The list
// is kept for it.
func (s *Service) linkTo(r *Request, l *list, at Position) string {
	if l.session == 0 {
		l.session = s.config.Random.Uint64() | 1
		s.sessions.keep(l.session, &session{entries: l.entries, of: r.sessionKey(l), used: r.Now.MS})
	}
	at.Session, at.Query = l.session, l.query
	return r.url(l.path) + "?$skiptoken=" + s.skipToken(at)
}
