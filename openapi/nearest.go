package openapi

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/spell"
)

// NearestOperation returns the operation whose request line is most like a method
// and a path, nil if none is alike: at least half of its segments have to fit.
func (c *Contract) NearestOperation(method, path string) *Operation {
	op, distance := c.nearest(method, path)
	if op == nil || distance-methodDistance(method, op.Method) > gap*float64(len(splitPath(op.Path)))/2 {
		return nil
	}
	return op
}

// nameNearest adds the operation to a violation that was most likely meant.
func (c *Contract) nameNearest(v *Violation, method, path string) {
	if v.Rule != ruleUnknownSegment {
		return
	}
	op, distance := c.nearest(method, path)
	if op != nil {
		distance -= methodDistance(method, op.Method)
	}
	_, rest, _ := c.router.cutBase(path)
	if c.odata && (distance > gap || distance >= float64(len(splitPath(rest)))) { // the model has said what is nearer
		op = nil
	}
	if _, meant, guessed := strings.Cut(v.Hint, `did you mean "`); guessed && op != nil && c.odata {
		meant, _, _ = strings.Cut(meant, `"`)
		if !strings.Contains(op.Path, meant) {
			op = nil
		}
	}
	if op != nil {
		v.Hint = strings.TrimPrefix(fmt.Sprintf("%s; nearest is %q", v.Hint, op.Pattern()), "; ")
	}
}

// nearest returns the operation whose request line is most like a method, "" for
// any, and a path, and how far it is. It is nil for a path that is too long.
func (c *Contract) nearest(method, path string) (nearest *Operation, least float64) {
	_, rest, hasBase := c.router.cutBase(path)
	if !hasBase {
		rest = path
	}
	sent := splitPath(rest)
	if len(sent) > maxSegments {
		return nil, 0
	}
	for _, op := range c.operations {
		template := splitPath(op.Path)
		if nearest != nil && gap*float64(len(sent)-len(template)-1) >= least {
			continue // so many segments at least are too many
		}
		distance := pathDistance(sent, template)
		if !hasBase && len(sent) > 0 { // its first segment may be a root that the service has not
			distance = min(distance, pathDistance(sent[1:], template))
		}
		if distance += methodDistance(method, op.Method); nearest == nil || distance < least {
			nearest, least = op, distance
		}
	}
	return nearest, least
}

// gap is the distance of a segment that is missing or too many: a little more than
// that of another word.
const gap = 7.0 / 6

// methodDistance is less than that of another word, and still less between methods
// that carry a body.
func methodDistance(sent, wanted string) float64 {
	writes := []string{"PATCH", "POST", "PUT"}
	switch {
	case sent == wanted || sent == "":
		return 0
	case slices.Contains(writes, sent) && slices.Contains(writes, wanted):
		return 0.3
	}
	return 0.4
}

// pathDistance counts the segments in which a path differs from a template.
func pathDistance(sent, template []string) float64 {
	row := make([]float64, len(template)+1)
	for j := range row {
		row[j] = gap * float64(j)
	}
	for i, segment := range sent {
		before := row[0]
		row[0] = gap * float64(i+1)
		for j, wanted := range template {
			cost := min(before+segmentDistance(segment, wanted), row[j]+gap, row[j+1]+gap)
			before, row[j+1] = row[j+1], cost
		}
	}
	return row[len(template)]
}

// segmentDistance is 0 for equal segments and 1 for those that are six letters apart.
// A parameter accepts any text, but less gladly than a fixed segment its own, and
// another parameter most of all.
func segmentDistance(sent, wanted string) float64 {
	const limit = 6
	switch {
	case !strings.Contains(wanted, "{"):
		return float64(spell.Distance(strings.ToLower(sent), strings.ToLower(wanted), limit)) / limit
	case strings.Contains(sent, "{"):
		return 0
	}
	return 0.1
}
