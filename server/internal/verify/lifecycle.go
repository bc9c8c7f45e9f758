package verify

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi"
)

// runPut puts a resource, puts it again with another body, reads it, deletes it,
// and deletes it again. The variation is made to the first request.
func (s *session) runPut(op *openapi.Operation, first, second any, v variation) {
	f := s.run.families[op.Shape()]
	values := s.run.values(op)
	values[len(values)-1] = s.freshKey(op)
	if v.values != nil {
		values = v.values(values)
	}
	key := values[len(values)-1]
	put := func(name string, body any, v variation, want expectation) *response {
		r := s.run.request(op, values)
		r.setValue(body)
		if v.edit != nil {
			v.edit(&r)
		}
		return s.send(name, op, r, want)
	}

	created := put("create", first, v, s.run.expectCreated(op))
	if created == nil && s.remove(f, values) { // of an earlier run that was cut off
		s.steps, s.failures = nil, nil
		created = put("create", first, v, s.run.expectCreated(op))
	}
	if created == nil {
		s.remove(f, values)
		return
	}
	one := s.checkEntity(op, created, key, nil)
	address := slices.Clone(values)
	address[len(address)-1] = s.run.keyOf(op, created, key)
	if replaced := put("replace", second, variation{}, s.run.expectReplaced(op)); replaced != nil {
		two := s.checkEntity(op, replaced, key, one)
		s.readBack(f, address, two, v.brief)
	}
	s.deleteAndCheck(f, address, v.brief)
}

// expectCreated is 201 where the contract has it: a PUT that creates has to say so
// (RFC 9110, 9.3.4). Whether a PUT to another service than Graph creates, that service
// alone knows; a mock that keeps nothing has one response for all.
func (r *run) expectCreated(op *openapi.Operation) expectation {
	if r.odata && slices.Contains(slices.Collect(op.Statuses()), 201) {
		return expectation{[]int{201}, ruleCreated}
	}
	return expectation{rule: ruleCreated}
}

// expectReplaced is any declared success except 201, as expectCreated has it.
func (r *run) expectReplaced(op *openapi.Operation) expectation {
	want := expectation{rule: ruleReplaced}
	if !r.odata {
		return want
	}
	for status := range op.Statuses() {
		if status/100 == 2 && status != 201 {
			want.statuses = append(want.statuses, status)
		}
	}
	return want
}

// remove deletes what the last step made, if that was a success, and ignores the
// response. It reports whether there was one.
func (s *session) remove(f *family, values []string) bool {
	if len(s.steps) == 0 || f.delete == nil {
		return false
	}
	res := s.steps[len(s.steps)-1].response
	if res == nil || res.status/100 != 2 {
		return false
	}
	values = slices.Clone(values)
	op := s.steps[len(s.steps)-1].op
	values[len(values)-1] = s.run.keyOf(op, res, values[len(values)-1])
	if values[len(values)-1] == "" {
		return false
	}
	r := s.run.request(f.delete, values)
	_, err := s.run.client.send(s.ctx, &r)
	return err == nil
}

// readBack reads the resource, alone and in its collection, and compares it with
// the last response to a PUT.
func (s *session) readBack(f *family, address []string, put *entity, brief bool) {
	id := address[len(address)-1]
	if f.get != nil {
		res := s.send("read", f.get, s.run.request(f.get, address), expectation{})
		if res != nil && put != nil && s.run.odata {
			s.checkSame(put.object, res)
		}
	}
	if f.list != nil && s.run.odata && !brief {
		if res := s.send("list", f.list, s.run.request(f.list, address[:len(address)-1]), expectation{}); res != nil {
			if there, whole := contains(res, id); !there && whole {
				s.fail(openapi.Violation{In: openapi.InBody, Pointer: "/value", Rule: ruleListed,
					Message: "what was written is not in the list"})
			}
		}
		s.checkCount(f, address[:len(address)-1])
	}
}

// checkCount reads the number of entities of a collection that is not empty.
func (s *session) checkCount(f *family, values []string) {
	if f.count == nil {
		return
	}
	res := s.send("count", f.count, s.run.request(f.count, values), expectation{})
	if res == nil {
		return
	}
	n, _ := res.value.(json.Number)
	if number, err := n.Int64(); err == nil && number < 1 {
		s.fail(openapi.Violation{In: openapi.InBody, Rule: ruleCounted,
			Message: fmt.Sprintf("%s, though something was created", n)})
	}
}

// checkSame compares a resource that was read with the response to the write
// before it.
func (s *session) checkSame(put map[string]any, res *response) {
	got, _ := res.value.(map[string]any)
	if context, ok := put["@odata.context"]; ok && got["@odata.context"] != context {
		s.fail(openapi.Violation{In: openapi.InBody, Pointer: "/@odata.context", Rule: ruleContext,
			Message: "is " + describe(got["@odata.context"]) + ", though the entity was written with " +
				describe(context)})
	}
	for name, v := range sortedMap(put) { // the first is reported
		if strings.Contains(name, "@") || name == "historyItems" {
			continue
		}
		if !includes(nil, nil, v, got[name]) {
			s.fail(openapi.Violation{In: openapi.InBody, Pointer: "/" + name, Rule: ruleStored,
				Message: "is " + describe(got[name]) + ", though the write before was answered with " + describe(v)})
			return
		}
	}
}

// contains reports whether a collection has an element with that id, and whether
// it is all on this page.
func contains(res *response, id string) (there, whole bool) {
	object, _ := res.value.(map[string]any)
	list, whole := object["value"].([]any)
	if _, more := object["@odata.nextLink"]; more {
		whole = false
	}
	return slices.ContainsFunc(list, func(v any) bool {
		element, _ := v.(map[string]any)
		text, _ := element["id"].(string)
		return text == id
	}), whole
}

// deleteAndCheck deletes the resource, and checks that it is gone.
func (s *session) deleteAndCheck(f *family, address []string, brief bool) {
	if f.delete == nil {
		return
	}
	r := s.run.request(f.delete, address)
	if s.send("delete", f.delete, r, expectation{rule: ruleDeleted, statuses: successes(f.delete)}) == nil || brief {
		return
	}
	gone, known := s.run.behaviour(f.delete, ruleGone)
	if known {
		s.send("delete again", f.delete, r, expectation{[]int{gone.Status}, ruleGone})
	}
	if f.get != nil && known { // no contract says it otherwise: what is deleted may be kept, or go later
		s.send("read after delete", f.get, s.run.request(f.get, address), expectation{[]int{404, 410}, ruleGone})
	}
	if f.list != nil && known {
		list := s.run.request(f.list, address[:len(address)-1])
		if res := s.send("list after delete", f.list, list, expectation{}); res != nil {
			if there, _ := contains(res, address[len(address)-1]); there {
				s.fail(openapi.Violation{In: openapi.InBody, Pointer: "/value", Rule: ruleGone,
					Message: "what was deleted is still in the list"})
			}
		}
	}
}

// successes are the declared statuses of success.
func successes(op *openapi.Operation) []int {
	var all []int
	for status := range op.Statuses() {
		if status/100 == 2 {
			all = append(all, status)
		}
	}
	return all
}

// cascadeCase deletes a resource that has another inside, makes it again, and
// looks for the inner one. There is one where the contract has a row for it.
func (r *run) cascadeCase(outer *family, inner *family) (testCase, bool) {
	if outer.put == nil || outer.delete == nil || inner.put == nil || inner.delete == nil {
		return testCase{}, false
	}
	if _, known := r.behaviour(outer.delete, ruleCascade); !known {
		return testCase{}, false
	}
	return testCase{outer.delete, "deleted with what is inside", func(s *session) {
		values := r.values(outer.put)
		key := s.freshKey(outer.put)
		values[len(values)-1] = key
		body, ok := r.smallestBody(outer.put)
		if !ok {
			return
		}
		put := func(name string) (address []string) {
			q := r.request(outer.put, values)
			q.setValue(body)
			res := s.send(name, outer.put, q, expectation{})
			if res == nil {
				return nil
			}
			address = slices.Clone(values)
			address[len(address)-1] = idOf(res, key)
			return address
		}
		address := put("create")
		if address == nil {
			return
		}
		inside, ok := s.create(inner, address)
		if !ok {
			return
		}
		q := r.request(outer.delete, address)
		if s.send("delete", outer.delete, q, expectation{rule: ruleDeleted}) == nil {
			return
		}
		if address = put("create again"); address == nil {
			return
		}
		item := append(slices.Clone(address), inside[len(inside)-1])
		s.send("delete what was inside", inner.delete, r.request(inner.delete, item),
			expectation{[]int{404}, ruleCascade})
		s.send("clean up", outer.delete, r.request(outer.delete, address), expectation{})
	}}, true
}

// cascadeCases returns the test cases about what goes when a resource is deleted.
func (r *run) cascadeCases(op *openapi.Operation) []testCase {
	outer := r.families[op.Shape()]
	if outer == nil || outer.delete != op {
		return nil
	}
	var all []testCase
	for shape, inner := range sortedMap(r.families) {
		if rest, below := strings.CutPrefix(shape, op.Shape()+"/"); below && strings.Count(rest, "/") == 1 {
			if t, ok := r.cascadeCase(outer, inner); ok {
				all = append(all, t)
			}
		}
	}
	return all
}
