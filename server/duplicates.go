package server

import (
	"crypto/sha256"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
)

// writes watches for what a client creates twice because the answer to the first
// time was lost. The right retry of a PUT goes to the same URL.
type writes struct {
	lost       []lostWrite // oldest first
	duplicates []Duplicate
}

// lostWrite is a write that was stored and whose answer never came.
type lostWrite struct {
	Write
	to   target
	path string
}

// target is what a write and its retry have in common.
type target struct {
	operation *openapi.Operation
	from      client
	parent    string // path of the collection
	body      [sha256.Size]byte
}

// Bounds of what is remembered.
const (
	maxLost       = 100
	maxDuplicates = 1000
)

func (w *writes) add(x *exchange, e *Exchange) {
	lost := x.isLost()
	if !lost && len(w.lost) == 0 || e.Method != "PUT" && e.Method != "POST" || !x.isServed() {
		return
	}
	this := lostWrite{Write{e.ID, requestLine(e)}, x.target(), e.Path}
	i := slices.IndexFunc(w.lost, func(old lostWrite) bool {
		return old.to == this.to && (e.Method == "POST" || e.Status == 201 || old.path == this.path)
	})
	if i >= 0 {
		old := w.lost[i]
		w.lost = slices.Delete(w.lost, i, i+1)
		if (e.Method == "POST" || old.path != this.path) && len(w.duplicates) < maxDuplicates {
			w.duplicates = append(w.duplicates, Duplicate{e.Operation, old.Write, this.Write})
		}
	}
	if lost {
		if len(w.lost) == maxLost {
			w.lost = slices.Delete(w.lost, 0, 1)
		}
		w.lost = append(w.lost, this)
	}
}

// isServed tells whether the service itself did what was asked.
func (x *exchange) isServed() bool {
	return x.status/100 == 2 && (!x.decision.Matched() || x.decision.Ask)
}

// isLost tells whether a fault keeps the answer from the client.
func (x *exchange) isLost() bool {
	fault := x.decision.Fault
	return fault != scenarios.NoFault && fault != scenarios.FaultDrip
}

// target is where the exchange's write goes. The body counts without the members
// that repeat the id of its URL.
func (x *exchange) target() target {
	r := x.Request()
	path := strings.TrimSuffix(r.URL.EscapedPath(), "/")
	parent, id := path, ""
	if slash := strings.LastIndexByte(path, '/'); r.Method == "PUT" && slash >= 0 {
		parent, id = path[:slash], path[slash+1:]
		if decoded, err := url.PathUnescape(id); err == nil {
			id = decoded
		}
	}
	text := x.body
	if object, ok := x.value.(map[string]any); ok {
		rest := make(map[string]any, len(object))
		for name, v := range object {
			if sent, ok := v.(string); !ok || !strings.EqualFold(sent, id) {
				rest[name] = v
			}
		}
		if encoded, err := json.Marshal(rest); err == nil { // in the order of the names
			text = encoded
		}
	}
	return target{x.match.Operation, client{x.caller.User.PrincipalName, x.caller.App}, parent, sha256.Sum256(text)}
}
