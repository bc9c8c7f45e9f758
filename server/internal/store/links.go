package store

import (
	"slices"
	"sort"
	"strings"

	"github.com/tidwall/btree"
)

// pair is a link, seen from one end.
type pair struct{ from, to string }

func (p pair) before(q pair) bool {
	if p.from != q.from {
		return p.from < q.from
	}
	return p.to < q.to
}

func (p pair) reversed() pair { return pair{p.to, p.from} }

// pairs returns the pairs from start on that are right.
func pairs(tree *btree.BTreeG[pair], start pair, right func(pair) bool) (list []pair) {
	tree.Ascend(start, func(p pair) bool {
		if !right(p) {
			return false
		}
		list = append(list, p)
		return true
	})
	return list
}

// pairsFrom returns the pairs with that end.
func pairsFrom(tree *btree.BTreeG[pair], from string) []pair {
	return pairs(tree, pair{from: from}, func(p pair) bool { return p.from == from })
}

// pairsBelow returns the pairs with an end that begins with prefix.
func pairsBelow(tree *btree.BTreeG[pair], prefix string) []pair {
	return pairs(tree, pair{from: prefix}, func(p pair) bool { return strings.HasPrefix(p.from, prefix) })
}

func (c *content) addLink(p pair) {
	c.links.Set(p)
	c.backlinks.Set(p.reversed())
}

func (c *content) removeLink(p pair) {
	c.links.Delete(p)
	c.backlinks.Delete(p.reversed())
}

// Linked implements Reader.
func (s *space) Linked(collection, target string) bool {
	_, ok := s.links.Get(pair{collection, target})
	return ok
}

// Referrers implements Reader.
func (s *space) Referrers(target string) (collections []string) {
	for _, p := range pairsFrom(s.backlinks, target) {
		collections = append(collections, p.to)
	}
	return collections
}

// Collections implements Reader.
func (s *space) Collections(prefix string) (paths []string) {
	for _, in := range s.below(prefix) {
		paths = append(paths, in.path)
	}
	for _, p := range pairsBelow(s.links, prefix) {
		paths = append(paths, p.from)
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// Link implements Tx.
func (s *space) Link(collection, target string) bool {
	if s.Linked(collection, target) || !s.has(target) {
		return false
	}
	p := pair{collection, target}
	s.addLink(p)
	s.onRollback(func() { s.removeLink(p) })
	return true
}

// has reports whether there is a record with that path.
func (s *space) has(path string) bool {
	i := strings.LastIndexByte(path, '/')
	return i >= 0 && s.find(path[:i], path[i+1:]) != nil
}

// Unlink implements Tx.
func (s *space) Unlink(collection, target string) bool {
	if !s.Linked(collection, target) {
		return false
	}
	s.unlink(pair{collection, target})
	return true
}

func (s *space) unlink(p pair) {
	s.removeLink(p)
	s.onRollback(func() { s.addLink(p) })
}

// unlinkTree removes the links to a record, and those to and from what is below it.
func (s *space) unlinkTree(path, below string) {
	if s.links.Len() == 0 {
		return
	}
	for _, p := range pairsBelow(s.links, below) {
		s.unlink(p)
	}
	for _, p := range append(pairsFrom(s.backlinks, path), pairsBelow(s.backlinks, below)...) {
		s.unlink(p.reversed())
	}
}

// linkSnapshot is a LinkSnapshot.
type linkSnapshot struct {
	of   *content
	tree *btree.BTreeG[pair] // a copy
	from string
}

// Links implements Reader.
func (s *space) Links(collection string) LinkSnapshot {
	return linkSnapshot{s.content, s.links.Copy(), collection}
}

// Len implements LinkSnapshot.
func (l linkSnapshot) Len() int {
	return l.first(func(p pair) bool { return p.from > l.from }) - l.first(func(p pair) bool { return p.from >= l.from })
}

// first returns the number of pairs before the first that is right.
func (l linkSnapshot) first(right func(pair) bool) int {
	return sort.Search(l.tree.Len(), func(i int) bool {
		p, _ := l.tree.GetAt(i)
		return right(p)
	})
}

// Page implements LinkSnapshot.
func (l linkSnapshot) Page(r Reader, after Cursor, n int) (targets []string, next Cursor, more bool) {
	if contentOf(r) != l.of {
		return nil, Cursor{}, false
	}
	n = max(n, 1)
	start := pair{l.from, after.ID}
	var last pair
	l.tree.Ascend(start, func(p pair) bool {
		switch {
		case p == start: // the one at the cursor
			return true
		case p.from != l.from:
			return false
		case n == 0:
			next, more = Cursor{ID: last.to}, true
			return false
		}
		n, last = n-1, p
		if r.Linked(p.from, p.to) {
			targets = append(targets, p.to)
		}
		return true
	})
	return targets, next, more
}
