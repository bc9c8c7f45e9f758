package verify

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi"
)

// lifecycle puts a resource, puts it again with another body, reads it, deletes
// it, and deletes it again. The variation is made to the first request.
func (p *player) lifecycle(op *openapi.Operation, first, second any, v variation) {
	f := p.run.families[op.Shape()]
	values := p.run.values(op)
	values[len(values)-1] = p.freshKey(op)
	if v.values != nil {
		values = v.values(values)
	}
	key := values[len(values)-1]
	put := func(name string, body any, v variation, w want) *answer {
		r := p.run.request(op, values)
		r.setValue(body)
		if v.edit != nil {
			v.edit(&r)
		}
		return p.send(name, op, r, w)
	}

	created := put("create", first, v, p.run.wantCreated(op))
	if created == nil && p.remove(f, values) { // of an earlier run that was cut off
		p.steps, p.complaints = nil, nil
		created = put("create", first, v, p.run.wantCreated(op))
	}
	if created == nil {
		p.remove(f, values)
		return
	}
	one := p.entity(op, created, key, nil)
	address := slices.Clone(values)
	address[len(address)-1] = idOf(created, key)
	if replaced := put("replace", second, variation{}, p.run.wantReplaced(op)); replaced != nil {
		two := p.entity(op, replaced, key, one)
		p.read(f, address, two, v.brief)
	}
	p.end(f, address, v.brief)
}

// wantCreated is 201 where the contract knows it: a PUT that creates has to say
// so (RFC 9110, 9.3.4).
func (r *run) wantCreated(op *openapi.Operation) want {
	if slices.Contains(slices.Collect(op.Statuses()), 201) {
		return want{[]int{201}, ruleCreated}
	}
	return want{rule: ruleCreated}
}

// wantReplaced is any declared success but 201.
func (r *run) wantReplaced(op *openapi.Operation) want {
	w := want{rule: ruleReplaced}
	for status := range op.Statuses() {
		if status/100 == 2 && status != 201 {
			w.statuses = append(w.statuses, status)
		}
	}
	return w
}

// remove deletes what the last step made, if it was a success, without a look at
// the answer; it tells whether it could.
func (p *player) remove(f *family, values []string) bool {
	if len(p.steps) == 0 || f.delete == nil {
		return false
	}
	a := p.steps[len(p.steps)-1].answer
	if a == nil || a.status/100 != 2 {
		return false
	}
	values = slices.Clone(values)
	values[len(values)-1] = idOf(a, values[len(values)-1])
	r := p.run.request(f.delete, values)
	_, err := p.run.client.send(p.ctx, &r)
	return err == nil
}

// read reads the resource, alone and in its collection, and compares it with the
// last answer to a PUT.
func (p *player) read(f *family, address []string, put *entity, brief bool) {
	id := address[len(address)-1]
	if f.get != nil {
		if a := p.send("read", f.get, p.run.request(f.get, address), want{}); a != nil && put != nil && p.run.odata {
			p.same(put.object, a)
		}
	}
	if f.list != nil && p.run.odata && !brief {
		if a := p.send("list", f.list, p.run.request(f.list, address[:len(address)-1]), want{}); a != nil {
			if there, whole := lists(a, id); !there && whole {
				p.complain(openapi.Violation{In: openapi.InBody, Pointer: "/value", Rule: ruleListed,
					Message: "what was written is not in the list"})
			}
		}
		p.counted(f, address[:len(address)-1])
	}
}

// counted asks for the number of what a collection has, in which something is.
func (p *player) counted(f *family, values []string) {
	if f.count == nil {
		return
	}
	a := p.send("count", f.count, p.run.request(f.count, values), want{})
	if a == nil {
		return
	}
	n, _ := a.value.(json.Number)
	if number, err := n.Int64(); err == nil && number < 1 {
		p.complain(openapi.Violation{In: openapi.InBody, Rule: ruleCounted, Message: fmt.Sprintf("%s, though something was created", n)})
	}
}

// same complains if a read resource is not what the write before it answered.
func (p *player) same(put map[string]any, a *answer) {
	got, _ := a.value.(map[string]any)
	if context, ok := put["@odata.context"]; ok && got["@odata.context"] != context {
		p.complain(openapi.Violation{In: openapi.InBody, Pointer: "/@odata.context", Rule: ruleContext,
			Message: "is " + show(got["@odata.context"]) + ", though the entity was written with " + show(context)})
	}
	for name, v := range sortedMap(put) { // the first is told
		if strings.Contains(name, "@") || name == "historyItems" {
			continue
		}
		if !holds(nil, nil, v, got[name]) {
			p.complain(openapi.Violation{In: openapi.InBody, Pointer: "/" + name, Rule: ruleStored,
				Message: "is " + show(got[name]) + ", though the write before was answered with " + show(v)})
			return
		}
	}
}

// lists tells whether a collection has an element with that id, and whether it is
// all on this page.
func lists(a *answer, id string) (there, whole bool) {
	object, _ := a.value.(map[string]any)
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

// end deletes the resource, and looks whether it is gone.
func (p *player) end(f *family, address []string, brief bool) {
	if f.delete == nil {
		return
	}
	r := p.run.request(f.delete, address)
	if p.send("delete", f.delete, r, want{rule: ruleDeleted, statuses: successes(f.delete)}) == nil || brief {
		return
	}
	gone, known := p.run.row(f.delete, ruleGone)
	if known {
		p.send("delete again", f.delete, r, want{[]int{gone.Status}, ruleGone})
	}
	if f.get != nil {
		p.send("read after delete", f.get, p.run.request(f.get, address), want{[]int{404, 410}, ruleGone})
	}
	if f.list != nil && known {
		if a := p.send("list after delete", f.list, p.run.request(f.list, address[:len(address)-1]), want{}); a != nil {
			if there, _ := lists(a, address[len(address)-1]); there {
				p.complain(openapi.Violation{In: openapi.InBody, Pointer: "/value", Rule: ruleGone,
					Message: "what was deleted is still in the list"})
			}
		}
	}
}

func successes(op *openapi.Operation) []int {
	var all []int
	for status := range op.Statuses() {
		if status/100 == 2 {
			all = append(all, status)
		}
	}
	return all
}

// cascade deletes a resource that has another inside, makes it again, and looks
// for the inner one. It is asked where the contract has a row for it.
func (r *run) cascade(outer *family, inner *family) (trial, bool) {
	if outer.put == nil || outer.delete == nil || inner.put == nil || inner.delete == nil {
		return trial{}, false
	}
	if _, known := r.row(outer.delete, ruleCascade); !known {
		return trial{}, false
	}
	return trial{outer.delete, "deleted with what is inside", func(p *player) {
		values := r.values(outer.put)
		key := p.freshKey(outer.put)
		values[len(values)-1] = key
		body, ok := r.leastBody(outer.put)
		if !ok {
			return
		}
		put := func(name string) (address []string) {
			q := r.request(outer.put, values)
			q.setValue(body)
			a := p.send(name, outer.put, q, want{})
			if a == nil {
				return nil
			}
			address = slices.Clone(values)
			address[len(address)-1] = idOf(a, key)
			return address
		}
		address := put("create")
		if address == nil {
			return
		}
		inside, ok := p.create(inner, address)
		if !ok {
			return
		}
		q := r.request(outer.delete, address)
		if p.send("delete", outer.delete, q, want{rule: ruleDeleted}) == nil {
			return
		}
		if address = put("create again"); address == nil {
			return
		}
		item := append(slices.Clone(address), inside[len(inside)-1])
		p.send("delete what was inside", inner.delete, r.request(inner.delete, item), want{[]int{404}, ruleCascade})
		p.send("clean up", outer.delete, r.request(outer.delete, address), want{})
	}}, true
}

// cascades gives the cascade of a resource's deletion, if there is one.
func (r *run) cascades(op *openapi.Operation) []trial {
	outer := r.families[op.Shape()]
	if outer == nil || outer.delete != op {
		return nil
	}
	var all []trial
	for shape, inner := range sortedMap(r.families) {
		if rest, below := strings.CutPrefix(shape, op.Shape()+"/"); below && strings.Count(rest, "/") == 1 {
			if t, ok := r.cascade(outer, inner); ok {
				all = append(all, t)
			}
		}
	}
	return all
}
