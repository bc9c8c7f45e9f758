package verify

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/schema"
)

// entity is what an answer to a write holds, and what was sent for it.
type entity struct {
	object map[string]any
	sent   map[string]any
}

// entity looks at the answer to a write, as far as the contract has rows about
// what it holds. Before is what the write before was answered with, nil for the
// first.
func (p *player) entity(op *openapi.Operation, a *answer, key string, before *entity) *entity {
	if a == nil {
		return nil
	}
	object, _ := a.value.(map[string]any)
	sent, _ := p.last().value.(map[string]any)
	if object == nil || sent == nil {
		return nil
	}
	e := &entity{object, sent}
	if p.run.evidence(op, ruleStored).ID != "" {
		p.stored(op, e, key)
	}
	p.serverSet(op, e)
	p.location(op, a, e)
	if before != nil {
		p.notMerged(op, e, key, before)
		p.survives(op, e, before)
	}
	if text, ok := object["id"].(string); ok && p.run.knows(op, ruleKey) && schema.IsGUID(key) && !strings.EqualFold(text, key) {
		p.complain(openapi.Violation{In: openapi.InBody, Pointer: "/id", Rule: ruleKey,
			Message: fmt.Sprintf("%q, though the URL says %q", text, key)})
	}
	return e
}

func (r *run) knows(op *openapi.Operation, id string) bool {
	_, ok := r.row(op, id)
	return ok
}

// stored: what a client sets is answered as it was sent, dates as the same
// instant. The key is the URL's.
func (p *player) stored(op *openapi.Operation, e *entity, key string) {
	schema := op.RequestBody().Schema()
	properties := facetsOf(schema, schema).properties
	for name, v := range sortedMap(e.sent) {
		got := e.object[name]
		if v == nil || strings.Contains(name, "@") || isReadOnly(schema, properties[name]) || got == any(key) {
			continue
		}
		if !holds(schema, properties[name], v, got) {
			p.complain(openapi.Violation{In: openapi.InBody, Pointer: "/" + name, Rule: ruleStored,
				Message: "is " + show(got) + ", though " + show(v) + " was sent"})
		}
	}
}

// setBy says who sets a property: client, server, or client-or-server.
func setBy(property map[string]any) string {
	who, _ := property["x-graphmock-set-by"].(string)
	return who
}

// holds tells whether an answer has all of what was sent, as far as a client sets
// it: part is the schema of the value within root.
func holds(root, part map[string]any, sent, got any) bool {
	switch sent := sent.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		properties := facetsOf(root, part).properties
		for name, v := range sent {
			if v == nil || strings.HasPrefix(name, "@odata") || isReadOnly(root, properties[name]) {
				continue
			}
			if ok = ok && holds(root, properties[name], v, object[name]); !ok {
				return false
			}
		}
		return ok
	case []any:
		list, ok := got.([]any)
		if len(sent) == 0 && got == nil {
			return true // nothing was sent
		}
		if !ok || len(list) != len(sent) {
			return false
		}
		items := facetsOf(root, part).items
		for i, v := range sent {
			if !holds(root, items, v, list[i]) {
				return false
			}
		}
		return true
	case string:
		text, ok := got.(string)
		if text == sent {
			return true
		}
		a, isDate := schema.ParseDateTime(sent)
		b, alike := schema.ParseDateTime(text)
		return ok && (isDate && alike && a == b || schema.IsGUID(sent) && strings.EqualFold(sent, text))
	case nil:
		return got == nil
	case json.Number:
		n, ok := got.(json.Number)
		a, _ := sent.Float64()
		b, _ := n.Float64()
		return ok && a == b
	}
	return sent == got
}

func show(v any) string {
	if v == nil {
		return "missing"
	}
	return cut(string(encode(v)))
}

// Forms of rows that say what the service sets. A row that is worded otherwise is
// for people only.
var (
	fixedForm    = regexp.MustCompile(`^(\w+) is "(\w+)"`)
	lifetimeForm = regexp.MustCompile(`^(\w+) is (\w+) plus (\d+) days`)
	durationForm = regexp.MustCompile(`^(\w+) is (\w+) minus (\w+) in whole seconds`)
	absentForm   = regexp.MustCompile(`^the body has no (\w+)$`)
)

// serverSet compares what the service sets with the rows that say how.
func (p *player) serverSet(op *openapi.Operation, e *entity) {
	for row := range op.Behaviours() {
		text := row.Answer
		if name := absentForm.FindStringSubmatch(row.Case); name != nil {
			if e.sent[name[1]] != nil {
				continue
			}
			text = strings.Replace(text, "It is", name[1]+" is", 1)
		} else if row.Case != "any success" {
			continue
		}
		_, rule, _ := strings.Cut(row.ID, "-")
		if message, pointer := e.breaks(text); message != "" {
			p.complain(openapi.Violation{In: openapi.InBody, Pointer: "/" + pointer, Rule: rule, Message: message,
				Evidence: row.Evidence, Source: row.Source})
		}
	}
}

// breaks tells in which way an entity is not as a row says.
func (e *entity) breaks(row string) (message, pointer string) {
	date := func(name string) (int64, bool) {
		text, _ := e.object[name].(string)
		return schema.ParseDateTime(text)
	}
	if m := fixedForm.FindStringSubmatch(row); m != nil {
		if e.object[m[1]] != any(m[2]) {
			return fmt.Sprintf("is %s, not %q", show(e.object[m[1]]), m[2]), m[1]
		}
	}
	if m := lifetimeForm.FindStringSubmatch(row); m != nil {
		days, _ := strconv.ParseInt(m[3], 10, 64)
		start, known := date(m[2])
		end, _ := date(m[1])
		if known && end != start+days*24*60*60*1000 {
			return fmt.Sprintf("is %s, not %s plus %d days", show(e.object[m[1]]), m[2], days), m[1]
		}
	}
	if m := durationForm.FindStringSubmatch(row); m != nil {
		last, ok := date(m[2])
		first, known := date(m[3])
		seconds := (last - first) / 1000
		fits := ok && known && seconds >= math.MinInt32 && seconds <= math.MaxInt32
		if fits && e.object[m[1]] != any(number(strconv.FormatInt(seconds, 10))) {
			return fmt.Sprintf("is %s, not %d: %s minus %s", show(e.object[m[1]]), seconds, m[2], m[3]), m[1]
		}
	}
	return "", ""
}

// notMerged: a property that the second body leaves out is gone, unless the
// service has a value of its own for it.
func (p *player) notMerged(op *openapi.Operation, e *entity, key string, before *entity) {
	if !p.run.knows(op, ruleNotMerged) {
		return
	}
	schema := op.RequestBody().Schema()
	properties := facetsOf(schema, schema).properties
	for name, old := range sortedMap(before.sent) {
		_, again := e.sent[name]
		got := e.object[name]
		if again || old == nil || got == nil || strings.Contains(name, "@") || setBy(properties[name]) != "client" || got == any(key) {
			continue
		}
		p.complain(openapi.Violation{In: openapi.InBody, Pointer: "/" + name, Rule: ruleNotMerged,
			Message: "is still " + show(got) + ", though the second body leaves it out"})
	}
}

// merged: what a PATCH leaves out stays as it was, as far as a client sets it.
func (p *player) merged(op *openapi.Operation, e *entity, before map[string]any) {
	if !p.run.knows(op, ruleMerged) {
		return
	}
	schema := op.RequestBody().Schema()
	properties := facetsOf(schema, schema).properties
	for name, old := range sortedMap(before) {
		_, again := e.sent[name]
		if again || strings.Contains(name, "@") || setBy(properties[name]) != "client" || holds(nil, nil, old, e.object[name]) {
			continue
		}
		p.complain(openapi.Violation{In: openapi.InBody, Pointer: "/" + name, Rule: ruleMerged,
			Message: "is " + show(e.object[name]) + ", though it was " + show(old) + " and the PATCH leaves it out"})
	}
}

// survives: who the entity is and when it was created stay; when it was changed
// does not go back.
func (p *player) survives(op *openapi.Operation, e *entity, before *entity) {
	if p.run.evidence(op, ruleSurvives).ID == "" {
		return
	}
	for _, name := range []string{"id", "createdDateTime"} {
		if before.object[name] != nil && !reflect.DeepEqual(e.object[name], before.object[name]) {
			p.complain(openapi.Violation{In: openapi.InBody, Pointer: "/" + name, Rule: ruleSurvives,
				Message: fmt.Sprintf("is %s, though it was created with %s", show(e.object[name]), show(before.object[name]))})
		}
	}
	was, _ := before.object["lastModifiedDateTime"].(string)
	is, _ := e.object["lastModifiedDateTime"].(string)
	earlier, ok := schema.ParseDateTime(was)
	later, known := schema.ParseDateTime(is)
	if ok && known && later < earlier {
		p.complain(openapi.Violation{In: openapi.InBody, Pointer: "/lastModifiedDateTime", Rule: ruleSurvives,
			Message: fmt.Sprintf("is %q, before the %q of the answer that came first", is, was)})
	}
}

// location compares the Location header with the rows about it.
func (p *player) location(op *openapi.Operation, a *answer, e *entity) {
	text := a.header.Get("Location")
	v := openapi.Violation{In: openapi.InHeader, Pointer: "Location"}
	id, _ := e.object["id"].(string)
	switch {
	case (p.run.knows(op, ruleLocation) || p.run.knows(op, rulePost)) && !strings.HasSuffix(text, "/"+url.PathEscape(id)):
		v.Rule, v.Message = ruleLocation, fmt.Sprintf("%q does not end in the id %q", text, id)
	case p.run.knows(op, "no-location") && text != "":
		v.Rule, v.Message = "no-location", fmt.Sprintf("%q, though there is none", text)
	default:
		return
	}
	p.complain(v)
}
