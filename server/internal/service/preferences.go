package service

import (
	"net/http"
	"strconv"
	"strings"
)

// Preferences are what a client asked for in Prefer headers (RFC 7240), as far as
// the service follows them.
type Preferences struct {
	Minimal, Representation bool // return=minimal, return=representation
	UnknownEnumMembers      bool // include-unknown-enum-members
	CreateIfMissing         bool // create-if-missing
	MaxPageSize             int  // odata.maxpagesize, 0 if it was not sent
	LastingKeys             bool // IdType="ImmutableId"

	// Other are those of single workloads, whose names have a dot: as they were sent, with
	// commas between them.
	Other string
}

// Preference returns the value of a preference of a single workload, "" if it was not sent.
func (p *Preferences) Preference(name string) string {
	for each := range strings.SplitSeq(p.Other, ",") {
		if n, value, _ := strings.Cut(each, "="); strings.EqualFold(strings.TrimSpace(n), name) {
			return strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return ""
}

// PreferencesOf reads the Prefer headers of a request.
func PreferencesOf(h http.Header) Preferences {
	var p Preferences
	for _, line := range h["Prefer"] {
		for each := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ',' || r == ';' }) {
			p.read(each)
		}
	}
	return p
}

// read takes one preference; what it does not know is ignored, as RFC 7240 asks,
// and so is a second one of the same name.
func (p *Preferences) read(text string) {
	name, value, _ := strings.Cut(strings.TrimSpace(text), "=")
	value = strings.Trim(strings.TrimSpace(value), `"`)
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "return":
		if p.Minimal || p.Representation {
			return
		}
		p.Minimal, p.Representation = strings.EqualFold(value, "minimal"), strings.EqualFold(value, "representation")
	case "create-if-missing":
		p.CreateIfMissing = true
	case "include-unknown-enum-members":
		p.UnknownEnumMembers = true
	case "odata.maxpagesize", "maxpagesize":
		if n, err := strconv.Atoi(value); err == nil && n > 0 && p.MaxPageSize == 0 {
			p.MaxPageSize = n
		}
	case "idtype":
		p.LastingKeys = strings.EqualFold(value, "ImmutableId")
	default:
		if strings.Contains(name, ".") {
			p.Other += "," + strings.TrimSpace(text)
		}
	}
}

// applied returns the preferences that a response with entities follows anyway: it
// has all members of their enumerations.
func (p *Preferences) applied() []string {
	if p.UnknownEnumMembers {
		return []string{"include-unknown-enum-members"}
	}
	return nil
}

// applied returns the preferences that a response with entities of a type follows.
func (t *entityType) applied(r *Request) []string {
	p := &r.Preferences
	all := p.applied()
	if t == nil {
		return all
	}
	if p.LastingKeys && t.behavior.LastingKey != nil {
		all = append(all, "IdType=ImmutableId")
	}
	if prefer := t.behavior.Prefer; prefer != nil && p.Other != "" {
		all = append(all, prefer(p, nil)...)
	}
	return all
}
