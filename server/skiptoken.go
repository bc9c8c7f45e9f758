package server

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/graphmock/graphmock/server/internal/store"
)

// A position is where the next page of a list begins. The client carries it, as
// $skiptoken, and can neither read nor make one.
type position struct {
	Walk  uint64       `json:"w"`
	After store.Cursor `json:"a"`
	Left  int          `json:"l"`           // of $top; -1 if it was not sent
	Skip  int          `json:"s,omitempty"` // what is left of $skip
	Query string       `json:"q,omitempty"` // the options of the first page
}

var (
	errSkipTokenForged = errors.New("the token was not made by this service")
	errSkipTokenOther  = errors.New("the token is of another list, or was answered to another caller")
	errNoSuchWalk      = errors.New("the list is no longer kept")
)

const skipTokenMAC = 16 // bytes of the code that a token ends with

// skipToken writes a position as text for a URL, signed.
func (s *Server) skipToken(p position) string {
	text, err := json.Marshal(p)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(append(text, s.signPosition(text)...))
}

func (s *Server) readSkipToken(token string) (*position, error) {
	data, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(data) <= skipTokenMAC {
		return nil, errSkipTokenForged
	}
	text, mac := data[:len(data)-skipTokenMAC], data[len(data)-skipTokenMAC:]
	if !hmac.Equal(mac, s.signPosition(text)) {
		return nil, errSkipTokenForged
	}
	var p position
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, errSkipTokenForged
	}
	return &p, nil
}

func (s *Server) signPosition(text []byte) []byte {
	mac := hmac.New(sha256.New, s.walks.secret[:])
	mac.Write(text)
	return mac.Sum(nil)[:skipTokenMAC]
}

// walks are the lists that clients have not read to their end. What a list shows
// stays in the order of its first page, whatever is written meanwhile.
type walks struct {
	secret [32]byte // for signing

	mu    sync.Mutex
	byID  map[uint64]*walk
	order []uint64 // the one that was not read for the longest time first
}

// walkSecret is the same for the same seed, as all that a server answers.
func walkSecret(seed uint64) [32]byte {
	return sha256.Sum256(binary.LittleEndian.AppendUint64([]byte("skiptoken"), seed))
}

// How many lists are kept, and for how long after their last page was read.
const (
	maxWalks     = 1000
	walkLifetime = time.Hour
)

// A walk is one of them.
type walk struct {
	source    source
	operation string
	owner     store.Owner
	parent    string // of history items: their activity
	used      time.Time
}

// keep makes a walk known by an id.
func (w *walks) keep(id uint64, each *walk) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.byID == nil {
		w.byID = map[uint64]*walk{}
	}
	if len(w.order) >= maxWalks {
		delete(w.byID, w.order[0])
		w.order = w.order[1:]
	}
	w.byID[id] = each
	w.order = append(w.order, id)
}

// find gives the walk with that id, if it is the caller's and of the operation.
func (w *walks) find(id uint64, like *walk, now time.Time) (*walk, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	each := w.byID[id]
	switch {
	case each == nil || now.Sub(each.used) > walkLifetime:
		return nil, errNoSuchWalk
	case each.owner != like.owner || each.operation != like.operation || each.parent != like.parent:
		return nil, errSkipTokenOther
	}
	each.used = now
	at := slices.Index(w.order, id)
	w.order = append(slices.Delete(w.order, at, at+1), id)
	return each, nil
}

// forget drops all of them.
func (w *walks) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.byID, w.order = nil, nil
}
