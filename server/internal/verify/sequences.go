package verify

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/graphmock/graphmock/openapi"
)

// collection is the family of what a collection's path has inside, nil if there
// is none.
func (r *run) collection(op *openapi.Operation) *family {
	return r.families[strings.TrimSuffix(op.Shape(), "/")+"/{}"]
}

// sequence returns the test case of a valid body of an operation that is more than
// one request: of a POST to a collection, or a PATCH of what can be made. Of
// others it is nil.
func (r *run) sequence(op *openapi.Operation, b body, brief bool) func(*session) {
	if !r.odata {
		return nil // the responses of other services are not known
	}
	if f := r.collection(op); f != nil && f.post == op && f.delete != nil {
		return func(s *session) { s.runPost(op, f, b.value, brief) }
	}
	if f := r.families[op.Shape()]; f.isCreatable() && f.patch == op {
		return func(s *session) { s.runPatch(op, f, b.value, brief) }
	}
	return nil
}

// runPost posts a resource, posts it again, reads it, and deletes it twice.
func (s *session) runPost(op *openapi.Operation, f *family, body any, brief bool) {
	values := s.run.values(op)
	q := s.run.request(op, values)
	q.setValue(s.run.withFreshKeys(op.RequestBody().Schema(), body, s.random))
	created := s.send("create", op, q, s.run.expectCreated(op))
	if created == nil {
		s.remove(f, append(values, ""))
		return
	}
	one := s.checkEntity(op, created, "", nil)
	address := append(values, idOf(created, ""))
	if row, known := s.run.behaviour(op, ruleExists); known && !brief && hasKey(op.RequestBody().Schema(), q.value) {
		s.send("create again", op, q, expectation{[]int{row.Status}, ruleExists})
	}
	if !brief {
		s.readBack(f, address, one, false)
	}
	s.deleteAndCheck(f, address, brief)
}

// hasKey reports whether a body has one of the keys that clients pick.
func hasKey(schema map[string]any, v any) bool {
	object, _ := v.(map[string]any)
	for name := range keysOf(schema) {
		if object[name] != nil {
			return true
		}
	}
	return false
}

// runPatch makes a resource, changes some of it, reads it, and deletes it.
func (s *session) runPatch(op *openapi.Operation, f *family, body any, brief bool) {
	values := s.run.values(op)
	address, ok := s.create(f, values[:len(values)-1])
	if !ok {
		return
	}
	before, _ := s.steps[len(s.steps)-1].response.value.(map[string]any)
	q := s.run.request(op, address)
	q.setValue(body)
	if changed := s.send("update", op, q, expectation{}); changed != nil {
		e := s.checkEntity(op, changed, "", nil)
		if e != nil {
			s.checkMerged(op, e, before)
			s.checkUnchanged(op, e, &entity{object: before})
		}
		if !brief {
			s.readBack(f, address, e, false)
		}
	}
	s.deleteAndCheck(f, address, true)
}

// behaviourCases returns the test cases of rows that are about one case.
func (r *run) behaviourCases(op *openapi.Operation, smallest any) []testCase {
	var all []testCase
	f := r.families[op.Shape()]
	if row, known := r.behaviour(op, rulePatchKey); known && f.isCreatable() && f.patch == op {
		schema := op.RequestBody().Schema()
		for name, p := range sortedMap(keysOf(schema)) {
			key, err := r.samplePart(schema, p, r.newRandom())
			if err == nil {
				all = append(all, r.singleRequest(op, map[string]any{name: key}, variation{name: "another " + name,
					expect: expectation{[]int{row.Status}, rulePatchKey}}))
			}
		}
	}
	if _, known := r.behaviour(op, rulePast); known && f != nil && f.put == op && f.get != nil {
		all = append(all, r.expiryCases(op, f, smallest)...)
	}
	if inside := r.collection(op); inside.isCreatable() && inside.list == op && inside.delete != nil && r.odata &&
		r.hasBehaviour(rulePageSize) {
		all = append(all, testCase{op, "page by page", func(s *session) { s.readPages(op, inside) }})
	}
	return all
}

// expiryCases returns a test case for each date after which an entity is gone: one
// that has passed.
func (r *run) expiryCases(op *openapi.Operation, f *family, smallest any) []testCase {
	var all []testCase
	schema := op.RequestBody().Schema()
	for name, property := range sortedMap(schemaFactsOf(schema, schema).properties) {
		if part := schemaFactsOf(schema, property); !part.expiry || part.readOnly {
			continue
		}
		body, ok := r.with(schema, schema, smallest, []string{name}, "1970-01-01T00:00:00Z", r.newRandom())
		if !ok {
			continue
		}
		all = append(all, testCase{op, "/" + name + " has passed", func(s *session) {
			values := r.values(op)
			values[len(values)-1] = s.freshKey(op)
			q := r.request(op, values)
			q.setValue(body)
			if res := s.send("create", op, q, r.expectCreated(op)); res != nil {
				s.checkEntity(op, res, values[len(values)-1], nil)
				values[len(values)-1] = idOf(res, values[len(values)-1])
				s.send("read what has expired", f.get, r.request(f.get, values), expectation{[]int{404, 410}, rulePast})
			}
		}})
	}
	return all
}

// Bounds of reading a list page by page.
const (
	pageSize = 2
	maxPages = 60
)

// readPages makes more than a page of entities, and follows the list's links until
// all were seen.
func (s *session) readPages(op *openapi.Operation, f *family) {
	values := s.run.values(op)
	missing := map[string]bool{}
	var made [][]string
	for range pageSize + 1 {
		if address, ok := s.create(f, values); ok {
			made = append(made, address)
			missing[address[len(address)-1]] = true
		}
	}
	defer func() {
		for _, address := range made {
			s.send("clean up", f.delete, s.run.request(f.delete, address), expectation{})
		}
	}()
	q := s.run.request(op, values)
	q.header.Set("Prefer", fmt.Sprintf("odata.maxpagesize=%d", pageSize))
	seen := map[string]bool{}
	for range maxPages {
		res := s.send("page", op, q, expectation{})
		if res == nil {
			return
		}
		page, _ := res.value.(map[string]any)
		s.checkPage(page, seen, missing)
		link, more := page["@odata.nextLink"].(string)
		if !more {
			if len(missing) > 0 {
				s.fail(openapi.Violation{In: openapi.InBody, Pointer: "/value", Rule: ruleListed,
					Message: fmt.Sprintf("%d of %d entities that were created are on no page", len(missing),
						len(made))})
			}
			return
		}
		path, below := strings.CutPrefix(link, s.run.client.root)
		next, err := url.Parse(path)
		if err != nil || !below {
			s.fail(openapi.Violation{In: openapi.InBody, Pointer: "/@odata.nextLink", Rule: rulePages,
				Message: fmt.Sprintf("%q is not below %s", link, s.run.client.root)})
			return
		}
		q.path, q.query = next.EscapedPath(), next.RawQuery
	}
}

// checkPage checks one page of a list, and removes its elements from missing.
func (s *session) checkPage(page map[string]any, seen, missing map[string]bool) {
	list, _ := page["value"].([]any)
	if len(list) > pageSize {
		s.fail(openapi.Violation{In: openapi.InBody, Pointer: "/value", Rule: rulePageSize,
			Message: fmt.Sprintf("a page of %d, though at most %d were wanted", len(list), pageSize)})
	}
	for i, v := range list {
		element, _ := v.(map[string]any)
		id, _ := element["id"].(string)
		if id != "" && seen[id] {
			s.fail(openapi.Violation{In: openapi.InBody, Pointer: fmt.Sprintf("/value/%d/id", i), Rule: ruleTwice,
				Message: fmt.Sprintf("%q was on a page before", id)})
		}
		seen[id] = true
		delete(missing, id)
	}
}
