package server

import (
	"net/http"
	"strconv"
	"strings"
)

// preferences are what a client asked for in Prefer headers (RFC 7240), as far as
// the service follows them.
type preferences struct {
	minimal, representation bool // return=minimal, return=representation
	unknownEnumMembers      bool // include-unknown-enum-members
	maxPageSize             int  // odata.maxpagesize, 0 if not sent
}

func preferencesOf(h http.Header) preferences {
	var p preferences
	for _, line := range h["Prefer"] {
		for each := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ',' || r == ';' }) {
			p.read(each)
		}
	}
	return p
}

// read takes one preference; what it does not know is ignored, as RFC 7240 asks,
// and so is a second one of the same name.
func (p *preferences) read(text string) {
	name, value, _ := strings.Cut(strings.TrimSpace(text), "=")
	value = strings.Trim(strings.TrimSpace(value), `"`)
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "return":
		if p.minimal || p.representation {
			return
		}
		p.minimal, p.representation = strings.EqualFold(value, "minimal"), strings.EqualFold(value, "representation")
	case "include-unknown-enum-members":
		p.unknownEnumMembers = true
	case "odata.maxpagesize", "maxpagesize":
		if n, err := strconv.Atoi(value); err == nil && n > 0 && p.maxPageSize == 0 {
			p.maxPageSize = n
		}
	}
}

// applied adds to the answer's Preference-Applied.
func (x *exchange) applied(preference string) {
	x.Response().Header().Add("Preference-Applied", preference)
}

// prefersEnumMembers says of an answer with entities that it has all members of
// their enumerations, if the client asked for them: there are none to hide.
func (x *exchange) prefersEnumMembers() {
	if h := x.Request().Header; len(h["Prefer"]) > 0 && preferencesOf(h).unknownEnumMembers {
		x.applied("include-unknown-enum-members")
	}
}

// prefers follows what the client prefers about the answer to a write; done is
// true if that is none at all: 204 instead of 200 or 201. A contract may know no
// other answer, as that of 2022 for PATCH.
func (x *exchange) prefers() (done bool) {
	if x.match.Operation.HasNoResponseBody() {
		x.succeed(http.StatusNoContent, nil)
		return true
	}
	h := x.Request().Header
	if _, sent := h["Prefer"]; !sent {
		return false
	}
	p := preferencesOf(h)
	x.prefersEnumMembers()
	switch {
	case p.minimal:
		x.applied("return=minimal")
		x.succeed(http.StatusNoContent, nil)
	case p.representation:
		x.applied("return=representation")
	}
	return p.minimal
}
