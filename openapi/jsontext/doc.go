// Package jsontext reads strict JSON, writes JSON whose members have an order, and
// follows JSON pointers.
//
// A JSON value is nil, a bool, a string, a json.Number, a []any or a
// map[string]any; where values are written, an Object is one as well.
package jsontext
