package server_test

import (
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/server"
)

// addressedPath draws a path of the model with all kinds of addressing: keys in both syntaxes,
// casts, functions with arguments, actions, $count, $ref and $value.
func addressedPath(random *rand.Rand, tree *resource.Tree) string {
	path, n := "", tree.Root()
	step := func(segment string) bool {
		read, bad := tree.Parse(path + segment)
		if bad == nil {
			path, n = path+segment, read.Node
		}
		return bad == nil
	}
	for range 1 + random.IntN(6) {
		switch {
		case n.Collection && n.Entity() != nil && random.IntN(4) > 0:
			if !step([]string{"/key-1", "('key-1')", "/%7Bid%7D", "/a%20b"}[random.IntN(4)]) {
				return path
			}
		case n.Type == nil:
			return path
		case random.IntN(4) == 0:
			if o := operationAt(random, n); o != nil {
				step("/" + callOf(o))
			}
		case random.IntN(8) == 0 && n.Parent != nil:
			if all := tree.Model().Derived(n.Type); len(all) > 0 {
				step("/" + all[random.IntN(len(all))].Name)
			}
		case !n.Collection && len(n.Type.Properties()) > 0:
			step("/" + n.Type.Properties()[random.IntN(len(n.Type.Properties()))].Name)
		}
	}
	if random.IntN(3) == 0 {
		step([]string{"/$count", "/$ref", "/$value"}[random.IntN(3)])
	}
	return path
}

func operationAt(random *rand.Rand, n *resource.Node) *edm.Operation {
	var all []*edm.Operation
	for o := range n.Type.AllOperations() {
		if !o.Bound || o.Params[0].Collection == n.Collection {
			all = append(all, o)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all[random.IntN(len(all))]
}

func callOf(o *edm.Operation) string {
	name, params := o.Namespace+"."+o.Name, o.Params
	if o.Bound {
		params = params[1:]
	} else {
		name = o.Import
	}
	if o.Action {
		return name
	}
	var arguments []string
	for _, p := range params {
		value := "'x'"
		if p.Type().Primitive.IsInteger() {
			value = "1"
		}
		arguments = append(arguments, p.Name+"="+value)
	}
	return name + "(" + strings.Join(arguments, ",") + ")"
}

// mutated changes a path somewhere.
func mutated(random *rand.Rand, path string) string {
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	i := random.IntN(len(segments))
	at := segments[i]
	switch random.IntN(9) {
	case 0: // a letter is another
		if at != "" {
			j := random.IntN(len(at))
			segments[i] = at[:j] + string(rune('a'+random.IntN(26))) + at[j+1:]
		}
	case 1: // a letter is missing
		if len(at) > 1 {
			segments[i] = at[1:]
		}
	case 2:
		segments = slices.Delete(segments, i, i+1)
	case 3:
		segments = slices.Insert(segments, i, at)
	case 4:
		segments = slices.Insert(segments, i, []string{"nothing", "$all", "me", "v1.0", "microsoft.graph.nothing", "a(b=", "x()"}[random.IntN(7)])
	case 5: // a key that is none
		segments[i] = at + []string{"('", "(", "()", "(a='b')", "('a','b')", "(id='x',y=1)", "(1)(2)"}[random.IntN(7)]
	case 6: // another overload
		name, _, _ := strings.Cut(at, "(")
		segments[i] = name + []string{"(x=1)", "(period='D7',y=2)", "(from='a')"}[random.IntN(3)]
	case 7:
		j := random.IntN(len(segments))
		segments[i], segments[j] = segments[j], segments[i]
	case 8:
		segments[i] = []string{"%25", "%2F", ":", "root:", "a:b:", strings.Repeat("x", 3000)}[random.IntN(6)]
	}
	return "/" + strings.Join(segments, "/")
}

// wrongSegment is the first segment of a path by which the model loses it.
func wrongSegment(c *openapi.Contract, path string) (segment string, lost bool) {
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i := range segments {
		if _, bad := c.Tree().Parse("/" + strings.Join(segments[:i+1], "/")); bad != nil {
			if decoded, err := url.PathUnescape(segments[i]); err == nil {
				return decoded, true
			}
			return segments[i], true
		}
	}
	return "", false
}

// TestWrongPathsAreToldWhatIsWrong changes 1,000 paths of the model: each that is none any more
// is refused, and the refusal names the segment that is to blame.
func TestWrongPathsAreToldWhatIsWrong(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(walkSeed(t), 1))
	c, s := openapi.Embedded(), newServer(t, server.Config{})
	for wrong := 0; wrong < 1000; {
		path := mutated(random, addressedPath(random, c.Tree()))
		if _, v := c.Route(http.MethodGet, "/v1.0"+path); v == nil || v.Rule == "method-not-allowed" {
			continue // it leads somewhere by chance
		}
		if _, err := url.Parse(path); err != nil {
			continue // package net/http refuses it
		}
		wrong++
		res, _ := send(t, s, "GET", "/v1.0"+path, nil)
		told := res.Header.Get("Graphmock-Violation")
		if res.StatusCode < 400 || res.StatusCode >= 500 || told == "" {
			t.Errorf("%s: %s %s", path, res.Status, told)
		}
		segment, lost := wrongSegment(c, path)
		if len(segment) > 40 {
			segment = segment[:40]
		}
		if !lost || segment == "" {
			segment = "segment" // an empty one, or a path that ends too early
		}
		if !strings.Contains(told, segment) && !strings.Contains(told, url.PathEscape(segment)) {
			t.Errorf("%s: the refusal does not name %q: %s", path, segment, told)
		}
	}
}
