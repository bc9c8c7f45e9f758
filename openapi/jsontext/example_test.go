package jsontext_test

import (
	"encoding/json"
	"fmt"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

func ExampleDecode() {
	_, err := jsontext.Decode([]byte("{\n  \"size\": 1,\n  \"size\": 2\n}"))
	fmt.Println(err.Rule, err)
	// Output: duplicate-key 3:3: member "size" appears twice
}

func ExampleObject() {
	var o jsontext.Object
	o.Set("id", "1")
	o.Set("size", json.Number("2.50"))
	o.Set("id", "<1>")
	fmt.Println(string(jsontext.AppendObject(nil, o)))
	// Output: {"id":"<1>","size":2.50}
}

func ExamplePointer() {
	v, _ := jsontext.Decode([]byte(`{"files": [{"a/b": "found"}]}`))
	p, _ := jsontext.ParsePointer("/files/0/a~1b")
	found, ok := p.In(v)
	fmt.Println(found, ok)
	// Output: found true
}
