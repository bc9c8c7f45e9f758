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

// An entity is what a response to a write holds, and what was sent for it.
type entity struct {
	object map[string]any
	sent   map[string]any
}

// checkEntity checks the response to a write, as far as the contract has rows
// about what it holds. Before is what the response to the write before held, nil
// for the first.
func (s *session) checkEntity(op *openapi.Operation, res *response, key string, before *entity) *entity {
	if res == nil {
		return nil
	}
	object, _ := res.value.(map[string]any)
	sent, _ := s.lastRequest().value.(map[string]any)
	if object == nil || sent == nil {
		return nil
	}
	e := &entity{object, sent}
	if s.run.evidence(op, ruleStored).ID != "" {
		s.checkStored(op, e, key)
	}
	s.checkServerSet(op, e)
	s.checkLocation(op, res, e)
	if before != nil {
		s.checkNotMerged(op, e, key, before)
		s.checkUnchanged(op, e, before)
	}
	if text, ok := object["id"].(string); ok && s.run.hasBehaviourFor(op, ruleKey) && schema.IsGUID(key) &&
		!strings.EqualFold(text, key) {
		s.fail(openapi.Violation{In: openapi.InBody, Pointer: "/id", Rule: ruleKey,
			Message: fmt.Sprintf("%q, though the URL says %q", text, key)})
	}
	return e
}

func (r *run) hasBehaviourFor(op *openapi.Operation, id string) bool {
	_, ok := r.behaviour(op, id)
	return ok
}

// checkStored: what a client sets comes back as it was sent, dates as the same
// instant. The key is the URL's.
func (s *session) checkStored(op *openapi.Operation, e *entity, key string) {
	root := op.RequestBody().Schema()
	properties := schemaFactsOf(root, root).properties
	for name, v := range sortedMap(e.sent) {
		got := e.object[name]
		if v == nil || strings.Contains(name, "@") || isReadOnly(root, properties[name]) || got == any(key) {
			continue
		}
		if !includes(root, properties[name], v, got) {
			s.fail(openapi.Violation{In: openapi.InBody, Pointer: "/" + name, Rule: ruleStored,
				Message: "is " + describe(got) + ", though " + describe(v) + " was sent"})
		}
	}
}

// setBy says who sets a property of the schema root: client, server, or client-or-server.
func setBy(root, property map[string]any) string {
	who, said := property["x-graphmock-set-by"].(string)
	if ref, _ := property["$ref"].(string); !said && ref != "" {
		who, _ = schema.Part(root, property)["x-graphmock-set-by"].(string)
	}
	return who
}

// includes reports whether a response has all of what was sent, as far as a client
// sets it. The schema of the value is part, within root.
func includes(root, part map[string]any, sent, got any) bool {
	switch sent := sent.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		properties := schemaFactsOf(root, part).properties
		for name, v := range sent {
			if v == nil || strings.HasPrefix(name, "@odata") || isReadOnly(root, properties[name]) {
				continue
			}
			if ok = ok && includes(root, properties[name], v, object[name]); !ok {
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
		items := schemaFactsOf(root, part).items
		for i, v := range sent {
			if !includes(root, items, v, list[i]) {
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

func describe(v any) string {
	if v == nil {
		return "missing"
	}
	return truncate(string(encode(v)))
}

// Forms of rows that say what the service sets. A row that is worded otherwise is
// for people only.
var (
	fixedForm    = regexp.MustCompile(`^(\w+) is "(\w+)"`)
	lifetimeForm = regexp.MustCompile(`^(\w+) is (\w+) plus (\d+) days`)
	durationForm = regexp.MustCompile(`^(\w+) is (\w+) minus (\w+) in whole seconds`)
	absentForm   = regexp.MustCompile(`^the body has no (\w+)$`)
)

// checkServerSet compares what the service sets with the rows that say how.
func (s *session) checkServerSet(op *openapi.Operation, e *entity) {
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
		if message, pointer := e.mismatch(text); message != "" {
			s.fail(openapi.Violation{In: openapi.InBody, Pointer: "/" + pointer, Rule: rule, Message: message,
				Evidence: row.Evidence, Source: row.Source})
		}
	}
}

// mismatch returns in which way an entity is not as a row says, and the property.
func (e *entity) mismatch(row string) (message, pointer string) {
	date := func(name string) (int64, bool) {
		text, _ := e.object[name].(string)
		return schema.ParseDateTime(text)
	}
	if m := fixedForm.FindStringSubmatch(row); m != nil {
		if e.object[m[1]] != any(m[2]) {
			return fmt.Sprintf("is %s, not %q", describe(e.object[m[1]]), m[2]), m[1]
		}
	}
	if m := lifetimeForm.FindStringSubmatch(row); m != nil {
		days, _ := strconv.ParseInt(m[3], 10, 64)
		start, known := date(m[2])
		end, _ := date(m[1])
		if known && end != start+days*24*60*60*1000 {
			return fmt.Sprintf("is %s, not %s plus %d days", describe(e.object[m[1]]), m[2], days), m[1]
		}
	}
	if m := durationForm.FindStringSubmatch(row); m != nil {
		last, ok := date(m[2])
		first, known := date(m[3])
		seconds := (last - first) / 1000
		fits := ok && known && seconds >= math.MinInt32 && seconds <= math.MaxInt32
		if fits && e.object[m[1]] != any(number(strconv.FormatInt(seconds, 10))) {
			return fmt.Sprintf("is %s, not %d: %s minus %s", describe(e.object[m[1]]), seconds, m[2], m[3]), m[1]
		}
	}
	return "", ""
}

// checkNotMerged: a property that the second body leaves out is gone, unless the
// service has a value of its own for it.
func (s *session) checkNotMerged(op *openapi.Operation, e *entity, key string, before *entity) {
	if !s.run.hasBehaviourFor(op, ruleNotMerged) {
		return
	}
	root := op.RequestBody().Schema()
	properties := schemaFactsOf(root, root).properties
	for name, old := range sortedMap(before.sent) {
		_, again := e.sent[name]
		got := e.object[name]
		if again || old == nil || got == nil || strings.Contains(name, "@") || setBy(root, properties[name]) != "client" ||
			got == any(key) {
			continue
		}
		s.fail(openapi.Violation{In: openapi.InBody, Pointer: "/" + name, Rule: ruleNotMerged,
			Message: "is still " + describe(got) + ", though the second body leaves it out"})
	}
}

// checkMerged: what a PATCH leaves out stays as it was, as far as a client sets
// it.
func (s *session) checkMerged(op *openapi.Operation, e *entity, before map[string]any) {
	if !s.run.hasBehaviourFor(op, ruleMerged) {
		return
	}
	root := op.RequestBody().Schema()
	properties := schemaFactsOf(root, root).properties
	for name, old := range sortedMap(before) {
		_, again := e.sent[name]
		if again || strings.Contains(name, "@") || setBy(root, properties[name]) != "client" ||
			includes(nil, nil, old, e.object[name]) {
			continue
		}
		s.fail(openapi.Violation{In: openapi.InBody, Pointer: "/" + name, Rule: ruleMerged,
			Message: "is " + describe(e.object[name]) + ", though it was " + describe(old) +
				" and the PATCH leaves it out"})
	}
}

// checkUnchanged: who the entity is and when it was created stay; when it was
// changed does not go back.
func (s *session) checkUnchanged(op *openapi.Operation, e *entity, before *entity) {
	if s.run.evidence(op, ruleSurvives).ID == "" {
		return
	}
	for _, name := range []string{"id", "createdDateTime"} {
		if before.object[name] != nil && !reflect.DeepEqual(e.object[name], before.object[name]) {
			s.fail(openapi.Violation{In: openapi.InBody, Pointer: "/" + name, Rule: ruleSurvives,
				Message: fmt.Sprintf("is %s, though it was created with %s", describe(e.object[name]),
					describe(before.object[name]))})
		}
	}
	was, _ := before.object["lastModifiedDateTime"].(string)
	is, _ := e.object["lastModifiedDateTime"].(string)
	earlier, ok := schema.ParseDateTime(was)
	later, known := schema.ParseDateTime(is)
	if ok && known && later < earlier {
		s.fail(openapi.Violation{In: openapi.InBody, Pointer: "/lastModifiedDateTime", Rule: ruleSurvives,
			Message: fmt.Sprintf("is %q, before the %q of the answer that came first", is, was)})
	}
}

// checkLocation compares the Location header with the rows about it.
func (s *session) checkLocation(op *openapi.Operation, res *response, e *entity) {
	text := res.header.Get("Location")
	v := openapi.Violation{In: openapi.InHeader, Pointer: "Location"}
	id, _ := e.object["id"].(string)
	switch {
	case (s.run.hasBehaviourFor(op, ruleLocation) || s.run.hasBehaviourFor(op, rulePost)) &&
		!strings.HasSuffix(text, "/"+url.PathEscape(id)):
		v.Rule, v.Message = ruleLocation, fmt.Sprintf("%q does not end in the id %q", text, id)
	case s.run.hasBehaviourFor(op, "no-location") && text != "":
		v.Rule, v.Message = "no-location", fmt.Sprintf("%q, though there is none", text)
	default:
		return
	}
	s.fail(v)
}
