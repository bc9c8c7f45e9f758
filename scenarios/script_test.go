package scenarios

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/graphmock/graphmock/openapi"
)

func scripted(t testing.TB, responses ...Response) *Scenario {
	t.Helper()
	s, err := Script(openapi.Embedded(), upsertPattern, responses...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A file and a Go script compile to the same rules.
func TestFileAndScriptAreTheSame(t *testing.T) {
	t.Parallel()
	script := scripted(t,
		Throttle(2*time.Second).Times(2),
		Pass.Then(FaultReset),
		Reset,
		Delay(time.Second),
		Fail(503, "serviceNotAvailable", "Try later."),
		Unauthorized(), Revoked(), Forbidden(), NotFound(), Conflict(), PreconditionFailed(), InsufficientStorage(),
		Unavailable(), Timeout(),
		Reply(201, map[string]any{"startedDateTime": "${now}", "activeDurationSeconds": 5}).With("x-note", "${state}"),
		Example(201, "created").Patched(map[string]any{"userTimezone": nil}),
		Sample(200).Without("OData-Version").OffContract(),
		Break(FaultTruncate).Moves("late"),
	)
	file := parse(t, `rules:
  - id: "`+upsertPattern+`"
    when: { request: "`+upsertPattern+`" }
    after: pass
    reply:
      - throttle: { retryAfter: 2s }
        times: 2
      - from: service
        then: { fault: reset }
      - fault: reset
      - delay: 1s
      - error: { status: 503, code: serviceNotAvailable, message: Try later. }
      - unauthorized
      - unauthorized: { reason: revoked }
      - forbidden
      - notFound
      - conflict
      - preconditionFailed
      - insufficientStorage
      - unavailable
      - timeout
      - { status: 201, body: { startedDateTime: "${now}", activeDurationSeconds: 5 }, headers: { x-note: "${state}" } }
      - { from: example, status: 201, example: created, patch: { userTimezone: null } }
      - { from: schema, status: 200, headers: { OData-Version: null }, offContract: true }
      - { fault: truncate, set: late }
`)
	file.Name = ""
	one, other := NewEngine(Options{Seed: 7}), NewEngine(Options{Seed: 7})
	one.Add(script)
	other.Add(file)
	for i := range 22 {
		a, b := one.Decide(request(t, upsertLine)), other.Decide(request(t, upsertLine))
		a.Place, b.Place = "", ""
		a.reply, b.reply = nil, nil
		if !reflect.DeepEqual(a, b) {
			t.Errorf("request %d:\nscript %+v\n  file %+v", i+1, a, b)
		}
	}
	if a, b := one.Status()[0], other.Status()[0]; a.State != "late" || b.State != "late" {
		t.Errorf("states %q and %q", a.State, b.State)
	}
}

func TestResponsesAreValues(t *testing.T) {
	t.Parallel()
	base := Throttle(time.Second).With("x-a", "1")
	base.Times(3)
	base.With("x-a", "2")
	base.With("x-b", "2")
	base.Without("x-a")
	base.Patched(1).Delayed(time.Second).Then(FaultDrip).Moves("x").OffContract()
	if !reflect.DeepEqual(base, Throttle(time.Second).With("x-a", "1")) {
		t.Errorf("an answer was changed by its methods: %+v", base)
	}
}

func TestScriptIsCheckedAgainstTheContract(t *testing.T) {
	t.Parallel()
	for want, script := range map[string]func() (*Scenario, error){
		"reply 2: off contract: body /status": func() (*Scenario, error) {
			return script(Pass, Reply(200, map[string]any{"startedDateTime": "${now}", "status": "odd"}))
		},
		"reply 1: status 99 is not an answer": func() (*Scenario, error) { return script(Fail(99, "", "")) },
		"reply 1: times is -1":                func() (*Scenario, error) { return script(Pass.Times(-1)) },
		"reply 1: not a JSON value": func() (*Scenario, error) {
			return script(Reply(200, func() {}).OffContract())
		},
		"the delay is out of bounds": func() (*Scenario, error) { return script(Delay(-1)) },
		`unknown fault "rest"`:       func() (*Scenario, error) { return script(Break("rest")) },
		"reply 1: \"Bad Name\" can't be a header": func() (*Scenario, error) {
			return script(Pass.With("Bad Name", "x"))
		},
		"reply 1: \"X-A\" can't be a header": func() (*Scenario, error) {
			return script(Pass.With("x-a", "1\r\nX-B: 2"))
		},
		"there are no replies":                    func() (*Scenario, error) { return script() },
		"has no example \"creatd\" (did you mean": func() (*Scenario, error) { return script(Example(201, "creatd")) },
		"nearest is \"GET /me/activities\"": func() (*Scenario, error) {
			return Script(openapi.Embedded(), "GET /me/activites", Pass)
		},
		`pattern "get /me/activities" fits no operation of the contract; ` +
			`nearest is "GET /me/activities"`: func() (*Scenario, error) {
			return Script(openapi.Embedded(), "get /me/activities", Pass)
		},
		`pattern "/me/activites" fits no operation of the contract; ` +
			`nearest is "GET /me/activities"`: func() (*Scenario, error) {
			return Script(openapi.Embedded(), "/me/activites", Pass)
		},
		`(leave the host out: "GET /v1.0/me/activities")`: func() (*Scenario, error) {
			return Script(openapi.Embedded(), "GET https://graph.microsoft.com/v1.0/me/activities", Pass)
		},
	} {
		if _, err := script(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func script(responses ...Response) (*Scenario, error) {
	return Script(openapi.Embedded(), upsertPattern, responses...)
}
