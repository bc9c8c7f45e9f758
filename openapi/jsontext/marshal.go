package jsontext

import (
	"bytes"
	"encoding/json"
)

// Marshal is json.Marshal without the escapes for HTML: <, > and & stay as they
// are.
func Marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// MarshalJSON writes the members in their order. Their values may be of any type
// that encoding/json writes.
func (o Object) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		value, err := Marshal(m.Value)
		if err != nil {
			return nil, err
		}
		b = append(append(AppendString(b, m.Name), ':'), value...)
	}
	return append(b, '}'), nil
}

// ValueOf returns the JSON value that encoding/json writes for v: a copy, of the
// types that Decode returns.
func ValueOf(v any) (any, error) {
	text, err := Marshal(v)
	if err != nil {
		return nil, err
	}
	value, syntax := Decode(text)
	if syntax != nil {
		return nil, syntax
	}
	return value, nil
}
