package scenarios

import (
	"sync"

	"github.com/graphmock/graphmock/openapi"
)

// A compiler turns responses into replies that are ready to be sent. One may compile
// many files at the same time; what they have in common is done once.
type compiler struct {
	contract *openapi.Contract
	permit   string // how a response is allowed to break the contract

	mu          sync.Mutex
	expressions map[string]*expression // by source
}

// newCompiler returns a compiler of scenario files.
func newCompiler(c *openapi.Contract) *compiler {
	return &compiler{contract: c, permit: "offContract: true", expressions: map[string]*expression{}}
}

// expression compiles a source, unless it was compiled before.
func (c *compiler) expression(source string) (*expression, error) {
	c.mu.Lock()
	e := c.expressions[source]
	c.mu.Unlock()
	if e != nil {
		return e, nil
	}
	e, err := compileExpression(source)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expressions[source] = e
	return e, nil
}

// addTo compiles and checks a response and adds it to the rule's list.
func (c *compiler) addTo(r *rule, resp Response, report report) {
	failed := false
	compiled := c.reply(resp, func(pointer, message, hint string) {
		failed = true
		report(pointer, message, hint)
	})
	r.checkReply(&compiled, report)
	if !failed {
		k := checker{contract: c.contract, rule: r, reply: &compiled, permit: c.permit, report: report}
		k.check()
	}
	r.replies = append(r.replies, compiled)
}
