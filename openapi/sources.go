package openapi

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// Sources are what a contract is read from. The zero value is the Embedded one.
type Sources struct {
	// Specs are files of OpenAPI documents, as LoadFile takes them. They are served beside
	// Graph, and an operation that one of them has is that document's: of several the first
	// one's, and Graph's last.
	Specs []string

	// Only leaves out Graph: its document, and all that its model has besides.
	Only bool

	// Lenient takes documents that are not valid, as LoadFaulty does.
	Lenient bool

	// Models stand in for the embedded model of Graph.
	Models Models
}

// Load reads the contract. Its error is that of LoadFile.
func (s Sources) Load() (*Contract, error) {
	var members []*Contract
	for _, file := range s.Specs {
		c, err := loadFile(file, s.Lenient)
		if err != nil {
			return nil, err
		}
		c.derives = false
		members = append(members, c)
	}
	switch {
	case len(members) == 0:
		return EmbeddedWith(s.Models)
	case !s.Only:
		c, err := EmbeddedWith(s.Models)
		if err != nil {
			return nil, err
		}
		members = append(members, c)
	}
	last := members[len(members)-1]
	if s.Only {
		last.versions = s.Models.versions(last)
	}
	for _, m := range members[:len(members)-1] {
		m.versions = last.versions // so that all speak of the same nodes
	}
	if len(members) == 1 {
		return last, nil
	}
	return together(members), nil
}

// together puts contracts together. What is asked of an operation goes by its own; what is
// asked of all, by the last.
func together(members []*Contract) *Contract {
	last := members[len(members)-1]
	c := &Contract{
		members: members, version: last.version, credentials: last.credentials, versions: last.versions, model: last.model,
		derives: last.derives, rules: last.rules, schemas: map[string]sides{},
	}
	hash, titles, seen := sha256.New(), []string{}, map[string][]*Operation{}
	for i, m := range members {
		titles = append(titles, m.title)
		if i < len(members)-1 {
			titles[i] += " " + m.version
		}
		hash.Write([]byte(m.hash))
		c.unchecked = append(c.unchecked, m.unchecked...)
		c.faults = append(c.faults, m.faults...)
		c.behaviours = append(c.behaviours, m.behaviours...)
		c.odata, c.graphErrors = c.odata || m.odata, c.graphErrors || m.graphErrors
		c.origins.list = append(c.origins.list, m.origins.list...)
		c.origins.hosts = append(c.origins.hosts, m.origins.hosts...)
		c.credentials = c.credentials.With(m.credentials)
		c.router.bases = append(c.router.bases, m.router.bases...)
		maps.Copy(c.schemas, m.schemas)
		for _, op := range m.operations {
			action := op.Method + " " + op.shape
			if !slices.ContainsFunc(seen[action], op.isBehind) {
				c.operations = append(c.operations, op)
			}
			seen[action] = append(seen[action], op)
		}
	}
	c.title, c.hash = strings.Join(titles, ", "), hex.EncodeToString(hash.Sum(nil))
	c.router.fold = c.odata
	c.router.sortBases()
	return c
}

// isBehind reports whether requests to an operation go to another one, of a contract before.
func (op *Operation) isBehind(first *Operation) bool {
	return slices.ContainsFunc(op.contract.router.bases, func(base string) bool {
		return slices.Contains(first.contract.router.bases, base)
	})
}

func (r *router) sortBases() {
	slices.SortFunc(r.bases, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(b, a)) })
	r.bases = slices.Compact(r.bases)
}

// routeMembers is Route for a contract that is put together: the first that has an operation
// has it. If none has, the one that knows most of the path says why.
func (c *Contract) routeMembers(method, path string) (m Match, v *Violation) {
	known := func(m Match, v *Violation) int {
		switch {
		case v.Rule == ruleMethodNotAllowed:
			return 3
		case v.Rule == ruleInvalidVersion:
			return 0
		case m.Base == "":
			return 1
		}
		return 2
	}
	for _, member := range c.members {
		match, lost := member.Route(method, path)
		match.contract = member
		if lost == nil {
			return match, nil
		}
		if v == nil || known(match, lost) > known(m, v) {
			m, v = match, lost
		}
	}
	return m, v
}
