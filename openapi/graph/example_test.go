package graph_test

import (
	"fmt"

	"github.com/graphmock/graphmock/openapi/graph"
)

func ExampleErrorOf() {
	e, ok := graph.ErrorOf("unknown-segment")
	fmt.Println(ok, e.Status, e.Code, e.Message)
	// Output: true 400 BadRequest Resource not found for the segment '{segment}'.
}

func ExampleErrorFor() {
	for _, status := range []int{429, 418} {
		e := graph.ErrorFor(status)
		fmt.Printf("%d %s %q\n", e.Status, e.Code, e.Message)
	}
	// Output:
	// 429 TooManyRequests "Too many requests."
	// 418 UnknownError ""
}

func ExampleCutVersion() {
	fmt.Println(graph.CutVersion("/v1.0/me/activities"))
	fmt.Println(graph.CutVersion("/me/activities"))
	// Output:
	// /me/activities true
	// /me/activities false
}

func ExamplePermissionsFor() {
	p, ok := graph.PermissionsFor("GET", "/users/{}/messages")
	fmt.Println(ok, p.Delegated.Least(), p.Application.Least())
	token := map[string]bool{"Mail.ReadWrite": true}
	fmt.Println(p.Application.Suffice(func(name string) bool { return token[name] }))
	// Output:
	// true [Mail.ReadBasic] [Mail.ReadBasic.All]
	// true
}
