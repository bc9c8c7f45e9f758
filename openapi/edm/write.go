package edm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// format writes declarations, in which all names are whole, as text.
func format(d Declarations) string {
	w := writer{namespace: d.Namespace, operations: map[string][]OperationDeclaration{}}
	for _, o := range d.Operations {
		owner := ""
		if o.Bound {
			owner = o.Params[0].Type
		}
		w.operations[owner] = append(w.operations[owner], o)
	}
	w.header(d)
	types := make(map[string]*TypeDeclaration, len(d.Types))
	for i := range d.Types {
		types[w.name(d.Types[i].Name)] = &d.Types[i]
	}
	for _, name := range slices.Sorted(maps.Keys(types)) {
		w.block(*types[name], w.operations[types[name].Name])
	}
	return w.String()
}

type writer struct {
	bytes.Buffer
	namespace  string
	operations map[string][]OperationDeclaration // by what they are bound to
}

func (w *writer) name(qualified string) string { return relative(w.namespace, qualified) }

func (w *writer) linef(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }

func (w *writer) header(d Declarations) {
	if d.Namespace != "" {
		w.linef("namespace %s", d.Namespace)
	}
	for _, alias := range slices.Sorted(maps.Keys(d.Aliases)) {
		w.linef("alias %s %s", alias, d.Aliases[alias])
	}
	if d.Container == nil {
		return
	}
	w.block(*d.Container, nil)
	for _, i := range d.Imports {
		w.WriteString(strings.TrimRight(fmt.Sprintf(" import %s %s %s", i.Name,
			w.name(i.Operation), i.EntitySet), " ") + "\n")
	}
	for _, o := range w.operations[""] {
		w.operation(o)
	}
}

func (w *writer) block(t TypeDeclaration, operations []OperationDeclaration) {
	fmt.Fprintf(w, "%s %s", t.Kind, w.name(t.Name))
	if t.Base != "" {
		w.WriteString(" : " + w.name(t.Base))
	}
	w.flag(t.Abstract, "abstract")
	w.flag(t.Open, "open")
	w.flag(t.HasStream, "stream")
	w.flag(t.IsFlags, "flags")
	w.flag(t.Primitive != Untyped, "of="+t.Primitive.String())
	w.facts(t.Facts)
	w.WriteByte('\n')
	if len(t.Key) > 0 {
		w.linef(" key %s", strings.Join(t.Key, ","))
	}
	for _, key := range t.AlternateKeys {
		w.linef(" altkey %s", strings.Join(key, ","))
	}
	for _, m := range t.Members {
		w.linef(" %s %d", m.Name, m.Value)
	}
	for _, i := range t.Inherited {
		w.WriteString(" inherited " + i.Name)
		w.usage(i.Usage)
		w.WriteByte('\n')
	}
	for _, p := range t.Properties {
		w.property(t.Kind, p)
	}
	for _, o := range operations {
		w.operation(o)
	}
}

// flag writes a word if it applies.
func (w *writer) flag(applies bool, word string) {
	if applies {
		w.WriteString(" " + word)
	}
}

func (w *writer) facts(facts map[string]string) {
	for _, term := range slices.Sorted(maps.Keys(facts)) {
		w.WriteString(" " + term + "=" + facts[term])
	}
}

// reference writes a type.
func (w *writer) reference(name string, collection, nullable bool) {
	w.WriteString(w.name(name))
	if nullable {
		w.WriteByte('?')
	}
	if collection {
		w.WriteByte('*')
	}
}

func (w *writer) property(in Kind, p PropertyDeclaration) {
	switch {
	case in == Container && p.Collection:
		w.WriteString(" set " + p.Name + " ")
		p.Collection = false
	case in == Container:
		w.WriteString(" one " + p.Name + " ")
	case p.Navigation:
		w.WriteString(" nav " + p.Name + " ")
	default:
		w.WriteString(" prop " + p.Name + " ")
	}
	w.reference(p.Type, p.Collection, p.Nullable)
	w.flag(p.Contained, "contained")
	w.flag(p.Partner != "", "partner="+p.Partner)
	w.flag(p.MaxLength > 0, "maxlength="+strconv.Itoa(p.MaxLength))
	w.flag(p.Precision > 0, "precision="+strconv.Itoa(p.Precision))
	w.flag(p.Scale != "", "scale="+p.Scale)
	if p.Default != nil {
		w.WriteString(" default=" + quote(*p.Default))
	}
	w.usage(p.Usage)
	w.facts(p.Facts)
	w.WriteByte('\n')
	for _, b := range p.Bindings {
		w.linef("  bind %s %s", b.Path, b.Target)
	}
}

func (w *writer) usage(u Usage) {
	w.flag(u.SelectOnly, "selectonly")
	w.flag(u.ReadOnly, "readonly")
	w.flag(u.Required, "required")
	w.flag(u.Sortable, "sortable")
	w.flag(u.Searchable, "searchable")
	w.flag(u.Filter != 0, "filter="+u.Filter.String())
}

// quote writes text as JSON, which keeps it on one line.
func quote(s string) string {
	quoted, _ := json.Marshal(s)
	return string(quoted)
}

func (w *writer) operation(o OperationDeclaration) {
	word := " function"
	if o.Action {
		word = " action"
	}
	w.WriteString(word)
	params := o.Params
	if o.Bound {
		if params[0].Collection {
			w.WriteByte('*')
		}
		params = params[1:]
	}
	w.WriteString(" " + w.name(o.Name) + "(")
	for i, p := range params {
		if i > 0 {
			w.WriteString(", ")
		}
		w.WriteString(p.Name + " ")
		w.reference(p.Type, p.Collection, p.Nullable)
		w.flag(p.Optional, "optional")
	}
	w.WriteByte(')')
	if r := o.Returns; r != nil {
		w.WriteString(" -> ")
		w.reference(r.Type, r.Collection, r.Nullable)
	}
	w.flag(o.Composable, "composable")
	w.flag(o.EntitySetPath != "", "path="+o.EntitySetPath)
	if o.Bound && o.Params[0].Name != bindingParameter {
		w.WriteString(" binding=" + o.Params[0].Name)
	}
	w.facts(o.Facts)
	w.WriteByte('\n')
}
