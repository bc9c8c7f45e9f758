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

// cycle is what plays a valid body of an operation in a sequence: of a POST to a
// collection, or a PATCH of what can be made. Of others it is nil.
func (r *run) cycle(op *openapi.Operation, b body, brief bool) func(*player) {
	if !r.odata {
		return nil // of other services nobody knows what they answer
	}
	if f := r.collection(op); f != nil && f.post == op && f.delete != nil {
		return func(p *player) { p.addition(op, f, b.value, brief) }
	}
	if f := r.families[op.Shape()]; f.creates() && f.patch == op {
		return func(p *player) { p.update(op, f, b.value, brief) }
	}
	return nil
}

// addition posts a resource, posts it again, reads it, and deletes it twice.
func (p *player) addition(op *openapi.Operation, f *family, body any, brief bool) {
	values := p.run.values(op)
	q := p.run.request(op, values)
	q.setValue(anew(op.RequestBody().Schema(), body, p.random))
	created := p.send("create", op, q, p.run.wantCreated(op))
	if created == nil {
		p.remove(f, append(values, ""))
		return
	}
	one := p.entity(op, created, "", nil)
	address := append(values, idOf(created, ""))
	if row, known := p.run.row(op, ruleExists); known && !brief && hasKey(op.RequestBody().Schema(), q.value) {
		p.send("create again", op, q, want{[]int{row.Status}, ruleExists})
	}
	if !brief {
		p.read(f, address, one, false)
	}
	p.end(f, address, brief)
}

// hasKey tells whether a body has one of the keys that clients pick.
func hasKey(schema map[string]any, v any) bool {
	object, _ := v.(map[string]any)
	for name := range keysOf(schema) {
		if object[name] != nil {
			return true
		}
	}
	return false
}

// update makes a resource, changes some of it, reads it, and deletes it.
func (p *player) update(op *openapi.Operation, f *family, body any, brief bool) {
	values := p.run.values(op)
	address, ok := p.create(f, values[:len(values)-1])
	if !ok {
		return
	}
	before, _ := p.steps[len(p.steps)-1].answer.value.(map[string]any)
	q := p.run.request(op, address)
	q.setValue(body)
	if changed := p.send("update", op, q, want{}); changed != nil {
		e := p.entity(op, changed, "", nil)
		if e != nil {
			p.merged(op, e, before)
			p.survives(op, e, &entity{object: before})
		}
		if !brief {
			p.read(f, address, e, false)
		}
	}
	p.end(f, address, true)
}

// promises gives the trials of rows that are about one case.
func (r *run) promises(op *openapi.Operation, least any) []trial {
	var all []trial
	f := r.families[op.Shape()]
	if row, known := r.row(op, rulePatchKey); known && f.creates() && f.patch == op {
		schema := op.RequestBody().Schema()
		for name, p := range sortedMap(keysOf(schema)) {
			key, err := samplePart(schema, p, r.source())
			if err == nil {
				all = append(all, r.single(op, map[string]any{name: key}, variation{name: "another " + name,
					want: want{[]int{row.Status}, rulePatchKey}}))
			}
		}
	}
	if _, known := r.row(op, rulePast); known && f != nil && f.put == op && f.get != nil {
		all = append(all, r.pasts(op, f, least)...)
	}
	if inside := r.collection(op); inside.creates() && inside.list == op && inside.delete != nil && r.odata && r.has(rulePageSize) {
		all = append(all, trial{op, "page by page", func(p *player) { p.pages(op, inside) }})
	}
	return all
}

// pasts gives a trial for each date after which an entity is gone: one that has
// passed.
func (r *run) pasts(op *openapi.Operation, f *family, least any) []trial {
	var all []trial
	schema := op.RequestBody().Schema()
	for name, property := range sortedMap(facetsOf(schema, schema).properties) {
		if part := facetsOf(schema, property); !part.expiry || part.readOnly {
			continue
		}
		body, ok := with(schema, schema, least, []string{name}, "1970-01-01T00:00:00Z", r.source())
		if !ok {
			continue
		}
		all = append(all, trial{op, "/" + name + " has passed", func(p *player) {
			values := r.values(op)
			values[len(values)-1] = p.freshKey(op)
			q := r.request(op, values)
			q.setValue(body)
			if a := p.send("create", op, q, r.wantCreated(op)); a != nil {
				p.entity(op, a, values[len(values)-1], nil)
				values[len(values)-1] = idOf(a, values[len(values)-1])
				p.send("read what has expired", f.get, r.request(f.get, values), want{[]int{404, 410}, rulePast})
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

// pages makes more than a page of entities, and follows the list's links until
// all were seen.
func (p *player) pages(op *openapi.Operation, f *family) {
	values := p.run.values(op)
	missing := map[string]bool{}
	var made [][]string
	for range pageSize + 1 {
		if address, ok := p.create(f, values); ok {
			made = append(made, address)
			missing[address[len(address)-1]] = true
		}
	}
	defer func() {
		for _, address := range made {
			p.send("clean up", f.delete, p.run.request(f.delete, address), want{})
		}
	}()
	q := p.run.request(op, values)
	q.header.Set("Prefer", fmt.Sprintf("odata.maxpagesize=%d", pageSize))
	seen := map[string]bool{}
	for range maxPages {
		a := p.send("page", op, q, want{})
		if a == nil {
			return
		}
		page, _ := a.value.(map[string]any)
		p.page(page, seen, missing)
		link, more := page["@odata.nextLink"].(string)
		if !more {
			if len(missing) > 0 {
				p.complain(openapi.Violation{In: openapi.InBody, Pointer: "/value", Rule: ruleListed,
					Message: fmt.Sprintf("%d of %d entities that were created are on no page", len(missing), len(made))})
			}
			return
		}
		path, below := strings.CutPrefix(link, p.run.client.root)
		next, err := url.Parse(path)
		if err != nil || !below {
			p.complain(openapi.Violation{In: openapi.InBody, Pointer: "/@odata.nextLink", Rule: rulePages,
				Message: fmt.Sprintf("%q is not below %s", link, p.run.client.root)})
			return
		}
		q.path, q.query = next.EscapedPath(), next.RawQuery
	}
}

// page looks at one page of a list, and crosses off what was missing until then.
func (p *player) page(page map[string]any, seen, missing map[string]bool) {
	list, _ := page["value"].([]any)
	if len(list) > pageSize {
		p.complain(openapi.Violation{In: openapi.InBody, Pointer: "/value", Rule: rulePageSize,
			Message: fmt.Sprintf("a page of %d, though at most %d were wanted", len(list), pageSize)})
	}
	for i, v := range list {
		element, _ := v.(map[string]any)
		id, _ := element["id"].(string)
		if id != "" && seen[id] {
			p.complain(openapi.Violation{In: openapi.InBody, Pointer: fmt.Sprintf("/value/%d/id", i), Rule: ruleTwice,
				Message: fmt.Sprintf("%q was on a page before", id)})
		}
		seen[id] = true
		delete(missing, id)
	}
}
