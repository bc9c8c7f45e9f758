package storetest

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/server/internal/store"
)

// model is the plainest tenant there could be: lists and maps, searched and sorted at each call.
type model struct {
	records []modelRecord
	links   [][2]string // collection and target
	media   map[string]string
	births  int // of records
}

type modelRecord struct {
	collection string
	birth      int // one that is made again under the same id is another
	store.Record
}

func (r modelRecord) path() string { return r.collection + "/" + r.ID }

// isBelow reports whether a path is that of a record or below it.
func isBelow(path, record string) bool { return path == record || strings.HasPrefix(path, record+"/") }

func (m *model) clone() *model {
	return &model{slices.Clone(m.records), slices.Clone(m.links), maps.Clone(m.media), m.births}
}

func (m *model) find(collection, id string) *modelRecord {
	for i := range m.records {
		if r := &m.records[i]; r.collection == collection && r.ID == id {
			return r
		}
	}
	return nil
}

func (m *model) put(collection string, r store.Record) store.Record {
	if old := m.find(collection, r.ID); old != nil {
		r.Version = old.Version + 1
		old.Record = r
		return r
	}
	r.Version = 1
	m.births++
	m.records = append(m.records, modelRecord{collection, m.births, r})
	return r
}

func (m *model) delete(collection, id string) bool {
	if m.find(collection, id) == nil {
		return false
	}
	path := collection + "/" + id
	m.records = slices.DeleteFunc(m.records, func(r modelRecord) bool { return isBelow(r.path(), path) })
	m.links = slices.DeleteFunc(m.links, func(l [2]string) bool { return isBelow(l[0], path) || isBelow(l[1], path) })
	maps.DeleteFunc(m.media, func(at, _ string) bool { return isBelow(at, path) })
	return true
}

func (m *model) clear() { m.records, m.links, m.media = nil, nil, map[string]string{} }

// expire removes what has expired, and returns the paths of what expired itself.
func (m *model) expire(now int64) (paths []string) {
	for {
		var first *modelRecord
		for i := range m.records {
			if r := &m.records[i]; r.Expires != 0 && r.Expires <= now && (first == nil || expiresBefore(r, first)) {
				first = r
			}
		}
		if first == nil {
			return paths
		}
		paths = append(paths, first.path())
		m.delete(first.collection, first.ID)
	}
}

func expiresBefore(a, b *modelRecord) bool {
	return cmp.Or(cmp.Compare(a.Expires, b.Expires),
		strings.Compare(a.collection, b.collection), strings.Compare(a.ID, b.ID)) < 0
}

// list returns the records of a collection in its own order.
func (m *model) list(collection string) (list []position) {
	for _, r := range m.records {
		if r.collection == collection {
			list = append(list, position{r.Rank, r.ID, r.birth})
		}
	}
	slices.SortFunc(list, position.compare)
	return list
}

// listIndex returns the records of a collection that have a value in an index.
func (m *model) listIndex(collection, index, value string) (list []position) {
	for _, r := range m.records {
		for _, x := range r.Index {
			if r.collection == collection && x.Name == index && x.Value == value {
				list = append(list, position{x.Rank, r.ID, r.birth})
			}
		}
	}
	slices.SortFunc(list, position.compare)
	return list
}

// collections returns the paths of what has records or links.
func (m *model) collections(prefix string) (paths []string) {
	for _, r := range m.records {
		paths = append(paths, r.collection)
	}
	for _, l := range m.links {
		paths = append(paths, l[0])
	}
	paths = slices.DeleteFunc(paths, func(path string) bool { return !strings.HasPrefix(path, prefix) })
	slices.Sort(paths)
	return slices.Compact(paths)
}

// ends returns the other ends of the links that have this one.
func (m *model) ends(i int, end string) (others []string) {
	for _, l := range m.links {
		if l[i] == end {
			others = append(others, l[1-i])
		}
	}
	slices.Sort(others)
	return others
}

func (m *model) link(collection, target string) bool {
	i := strings.LastIndexByte(target, '/')
	if slices.Contains(m.links, [2]string{collection, target}) || m.find(target[:i], target[i+1:]) == nil {
		return false
	}
	m.links = append(m.links, [2]string{collection, target})
	return true
}

func (m *model) unlink(collection, target string) bool {
	i := slices.Index(m.links, [2]string{collection, target})
	if i >= 0 {
		m.links = slices.Delete(m.links, i, i+1)
	}
	return i >= 0
}

// putMedia reports whether there was room.
func (m *model) putMedia(path string, data []byte) bool {
	size := len(data) - len(m.media[path])
	for _, data := range m.media {
		size += len(data)
	}
	if size > maxMedia {
		return false
	}
	m.media[path] = string(data)
	return true
}

// position is the place of a record in a snapshot.
type position struct {
	rank  int64
	id    string
	birth int
}

func (p position) compare(q position) int {
	return cmp.Or(cmp.Compare(p.rank, q.rank), strings.Compare(p.id, q.id))
}

// equal reports whether two records are the same.
func equal(a, b store.Record) bool {
	return bytes.Equal(a.JSON, b.JSON) && slices.Equal(a.Index, b.Index) &&
		a.ID == b.ID && a.Type == b.Type && a.Owner == b.Owner && a.Version == b.Version &&
		a.Created == b.Created && a.Modified == b.Modified && a.Expires == b.Expires && a.Rank == b.Rank
}
