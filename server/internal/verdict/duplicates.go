package verdict

import (
	"crypto/sha256"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/server/internal/journal"
)

// writes watches for what a client creates twice because the response to the
// first time was lost. The right retry of a PUT goes to the same URL.
type writes struct {
	lost       []lostWrite // oldest first
	duplicates []Duplicate
}

// lostWrite is a write that was stored and whose response was lost.
type lostWrite struct {
	Write
	to   target
	path string
}

// target is what a write and its retry have in common.
type target struct {
	operation operationKey
	from      client
	parent    string // path of the collection
	body      [sha256.Size]byte
}

// Bounds of what is remembered.
const (
	maxLost       = 100
	maxDuplicates = 1000
)

// add counts an exchange that may be a write.
func (w *writes) add(r *journal.Record) {
	if !r.Lost && len(w.lost) == 0 || r.Method != "PUT" && r.Method != "POST" || !r.Served {
		return
	}
	this := lostWrite{Write{r.ID, requestLine(r)}, targetOf(r), r.Path}
	i := slices.IndexFunc(w.lost, func(old lostWrite) bool {
		return old.to == this.to && (r.Method == "POST" || r.Status == 201 || old.path == this.path)
	})
	if i >= 0 {
		old := w.lost[i]
		w.lost = slices.Delete(w.lost, i, i+1)
		if (r.Method == "POST" || old.path != this.path) && len(w.duplicates) < maxDuplicates {
			w.duplicates = append(w.duplicates, Duplicate{r.Matched.ID, old.Write, this.Write})
		}
	}
	if r.Lost {
		if len(w.lost) == maxLost {
			w.lost = slices.Delete(w.lost, 0, 1)
		}
		w.lost = append(w.lost, this)
	}
}

// targetOf returns where a write goes. The body counts without the members that
// repeat the id of its URL.
func targetOf(r *journal.Record) target {
	path := strings.TrimSuffix(r.Path, "/")
	parent, id := path, ""
	if slash := strings.LastIndexByte(path, '/'); r.Method == "PUT" && slash >= 0 {
		parent, id = path[:slash], path[slash+1:]
		if decoded, err := url.PathUnescape(id); err == nil {
			id = decoded
		}
	}
	text := r.Body
	if object, ok := r.Value.(map[string]any); ok {
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
	return target{keyOf(r.Matched), client{r.User, r.App}, parent, sha256.Sum256(text)}
}
