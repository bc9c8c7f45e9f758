package resource

import (
	"net/url"
	"slices"
	"strings"
)

// maxSegments bounds the segments of a path.
const maxSegments = 64

// Parse reads an escaped path below the service root, such as
// /users/48d31887/activities('1')/historyItems. One slash at its end does not count.
// If the path leads nowhere, Parse also returns the part of it that leads somewhere.
func (t *Tree) Parse(escaped string) (Path, *Error) {
	p := parser{node: &t.root}
	rest := segments{rest: strings.TrimPrefix(escaped, "/"), encoded: strings.IndexByte(escaped, '%') >= 0}
	for rest.rest != "" {
		segment, err := rest.next(p.node)
		if err == nil {
			err = p.take(segment, &rest)
		}
		if err != nil {
			return p.path(), err
		}
	}
	return p.path(), nil
}

// segments are what is left of a path.
type segments struct {
	rest    string
	encoded bool
	count   int // of those that were taken
}

// next takes one segment, decoded.
func (s *segments) next(at *Node) (segment string, err *Error) {
	if s.count++; s.count > maxSegments {
		return "", tooLong(at)
	}
	segment, s.rest, _ = strings.Cut(s.rest, "/")
	if !s.encoded {
		return segment, nil
	}
	decoded, bad := url.PathUnescape(segment)
	if bad != nil {
		return "", badEscape(at, segment)
	}
	return decoded, nil
}

// A parser follows a path.
type parser struct {
	node   *Node
	values []string
}

func (p *parser) path() Path { return Path{p.node, slices.Clip(p.values)} }

// push adds a value. Paths with more than four are rare.
func (p *parser) push(value string) {
	if p.values == nil {
		p.values = make([]string, 0, 4)
	}
	p.values = append(p.values, value)
}

// take follows a segment and, if it ends in a colon before names, these as well, up to
// the next colon. Clients that escape slashes have all of it in one segment.
func (p *parser) take(segment string, rest *segments) *Error {
	owner, text, isPath := strings.Cut(segment, ":/")
	if !isPath {
		owner, isPath = strings.CutSuffix(segment, ":")
	}
	if !isPath || !p.enterOwner(owner) {
		return p.step(segment)
	}
	text, ended := strings.CutSuffix(text, ":")
	for !ended && rest.rest != "" {
		more, err := rest.next(p.node)
		if err != nil {
			return err
		}
		more, ended = strings.CutSuffix(more, ":")
		text = strings.TrimPrefix(text+"/"+more, "/")
		if more == "" && (!ended || text != "") {
			return emptySegment(p.node)
		}
	}
	if text == "" { // which is the owner itself
		return nil
	}
	for name := range strings.SplitSeq(text, "/") {
		switch {
		case name == "":
			return emptySegment(p.node)
		case name == ".", name == "..", strings.IndexByte(name, ':') >= 0:
			return badName(p.node, name)
		}
	}
	p.node = p.node.ByPath()
	p.push(text)
	return nil
}

// enterOwner follows a segment to an entity that has others by their names, if there is one.
func (p *parser) enterOwner(segment string) bool {
	before := *p
	if segment != "" && p.step(segment) == nil && p.node.ByPath() != nil {
		return true
	}
	*p = before
	return false
}

// step follows one segment. A name goes before a key, as on Graph: functions of a
// collection are segments like its keys.
func (p *parser) step(segment string) *Error {
	if segment == "" {
		return emptySegment(p.node)
	}
	if segment[len(segment)-1] == ')' {
		if followed, err := p.call(segment); followed {
			return err
		}
	}
	if next := p.node.Child(segment); next != nil {
		p.node = next
		return nil
	}
	entity := p.node.Entity()
	if dynamic := p.node.dynamic(); dynamic != nil {
		entity = dynamic
	}
	if entity == nil || segment[0] == '$' {
		return unknown(p.node, segment)
	}
	if len(entity.Names) > 0 {
		return needsNames(p.node, segment)
	}
	p.node = entity
	p.push(segment)
	return nil
}

// call follows a name with parentheses, if there is one: a function with its
// arguments, or a collection with a key.
func (p *parser) call(segment string) (followed bool, err *Error) {
	name, inner, ok := cutCall(segment)
	if !ok || p.node.scope == nil {
		return false, nil
	}
	m := p.node.find(name)
	if m == nil {
		return false, nil
	}
	arguments, ok := readArguments(inner)
	if !ok {
		return true, badArguments(p.node, segment)
	}
	if m.operations != nil {
		return true, p.follow(p.node.call(m, names(arguments)), arguments, segment)
	}
	collection := p.node.member(m)
	if len(arguments) == 1 && collection.isKeyName(arguments[0].name) {
		return true, p.enter(collection, arguments[0], segment)
	}
	return true, p.follow(collection.entityBy(names(arguments)), arguments, segment)
}

// isKeyName reports whether a key can be written with that name before it, or with none.
func (n *Node) isKeyName(name string) bool {
	return name == "" || n.hasEntities() && len(n.Type.Key) == 1 && strings.EqualFold(name, n.Type.Key[0])
}

// enter follows a key of one property.
func (p *parser) enter(collection *Node, key argument, segment string) *Error {
	entity := collection.Entity()
	switch {
	case entity == nil || !key.isKey():
		return badCall(p.node, segment)
	case len(entity.Names) > 0:
		return needsNames(collection, segment)
	}
	p.node = entity
	p.push(key.text())
	return nil
}

// follow follows arguments with names to a node that takes them.
func (p *parser) follow(n *Node, arguments []argument, segment string) *Error {
	if n == nil {
		return badCall(p.node, segment)
	}
	p.node = n
	for _, name := range n.Names {
		i := slices.IndexFunc(arguments, func(a argument) bool { return strings.EqualFold(a.name, name) })
		p.push(arguments[i].value())
	}
	return nil
}

// Resolve returns the node of a template such as
// /users/{user-id}/activities/{activity-id}, /reports/getX(period='{period}') or
// /me/drive/root:/{path}:/content, nil if the model has none.
func (t *Tree) Resolve(template string) *Node {
	n := &t.root
	rest := strings.Trim(template, "/")
	for rest != "" && n != nil {
		var segment string
		segment, rest, _ = strings.Cut(rest, "/")
		if segment == "" {
			return nil
		}
		if owner, isOwner := strings.CutSuffix(segment, ":"); isOwner && rest != "" && owner != "" {
			if to := n.resolve(owner); to != nil && to.ByPath() != nil {
				n, rest = to.ByPath(), afterPath(rest)
				continue
			}
		}
		n = n.resolve(segment)
	}
	return n
}

// afterPath returns what follows the names that a template begins with.
func afterPath(template string) string {
	for template != "" {
		var name string
		if name, template, _ = strings.Cut(template, "/"); strings.HasSuffix(name, ":") {
			break
		}
	}
	return template
}

// resolve returns the node of one segment of a template below n. Its arguments have to
// be in the order of [Node.Names].
func (n *Node) resolve(segment string) *Node {
	if strings.IndexByte(segment, '}') == len(segment)-1 && segment[0] == '{' {
		if entity := n.Entity(); entity != nil && len(entity.Names) == 0 {
			return entity
		}
		return n.dynamic()
	}
	p := parser{node: n}
	followed, err := p.call(segment)
	switch {
	case !followed:
		return n.Child(segment)
	case err != nil || !p.node.isWritten(segment):
		return nil
	}
	return p.node
}

// isWritten reports whether the names of n stand in a segment in their order.
func (n *Node) isWritten(segment string) bool {
	if len(n.Names) == 0 {
		return true
	}
	_, inner, _ := cutCall(segment)
	arguments, _ := readArguments(inner)
	return slices.EqualFunc(arguments, n.Names, func(a argument, name string) bool {
		return strings.EqualFold(a.name,
			name)
	})
}
