package openapi

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

const (
	formMediaType      = "application/x-www-form-urlencoded"
	multipartMediaType = "multipart/form-data"
)

// checkForm checks a body that is a form, with a schema for its fields. Other bodies that
// are not JSON are not looked at.
func (m *mediaType) checkForm(h http.Header, body []byte) []Violation {
	base, params, _ := mime.ParseMediaType(contentType(h))
	if m.schema == nil || base != formMediaType && base != multipartMediaType {
		return nil
	}
	fields, parts, err := readForm(base, params["boundary"], body)
	if err != nil {
		return []Violation{{Side: RequestSide, In: InBody, Rule: "syntax", Message: "the form can't be read: " + err.Error()}}
	}
	found := validate(m.schema, RequestSide, m.formValue(fields, parts, true))
	if len(found) > 0 && len(validate(m.schema, RequestSide, m.formValue(fields, parts, false))) == 0 {
		return nil
	}
	return found
}

// readForm reads the fields of a form as text, and the parts that say that they are JSON.
func readForm(base, boundary string, body []byte) (fields url.Values, parts map[string][]any, err error) {
	parts = map[string][]any{}
	if base == formMediaType {
		fields, err = ParseQuery(string(body))
		return fields, parts, err
	}
	fields = url.Values{}
	reader := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		part, err := reader.NextRawPart()
		if err == io.EOF {
			return fields, parts, nil
		}
		if err != nil {
			return nil, nil, err
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, nil, err
		}
		name := part.FormName()
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if jsontext.IsMediaType(kind) {
			value, syntax := jsontext.Decode(content)
			if syntax != nil {
				return nil, nil, syntax
			}
			parts[name] = append(parts[name], value)
			continue
		}
		fields[name] = append(fields[name], strings.ToValidUTF8(string(content), "?"))
	}
}

// formValue makes an object of the fields of a form. Fields in brackets are members, if
// the name before them is a property.
func (m *mediaType) formValue(fields url.Values, parts map[string][]any, other bool) map[string]any {
	object := map[string]any{}
	for name, texts := range fields {
		base, rest, nested := strings.Cut(name, "[")
		pointer := "/" + jsontext.EscapePointer(base)
		switch {
		case !nested || m.schema.TypesAt("/"+jsontext.EscapePointer(name)) != nil:
			object[name] = memberValue(m.schema, "/"+jsontext.EscapePointer(name), texts, other)
		case rest == "]":
			object[base] = memberValue(m.schema, pointer, texts, other)
		case object[base] == nil:
			object[base] = deepObject(m.schema, pointer, base, fields, other)
		}
	}
	for name, values := range parts {
		if len(values) == 1 && !isList(m.schema.TypesAt("/"+jsontext.EscapePointer(name))) {
			object[name] = values[0]
		} else {
			object[name] = values
		}
	}
	return object
}

func isList(types []string) bool { return len(types) == 1 && types[0] == "array" }
