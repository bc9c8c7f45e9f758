// Command client is a client of user activities as one finds them: it works on a
// lenient mock, and breaks Graph's contract in ten ways. With -fixed it does the
// same without a mistake.
//
// It finds the service by GRAPHMOCK_URL and its token by GRAPHMOCK_TOKEN, and
// fails when a response is no success and -fixed says that all should be.
package main

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

const (
	activity = "/me/activities/13881113971988980728" // contoso has it
	item     = activity + "/historyItems/390e06e2-7e5b-4133-8014-fac7ac991af7"
	body     = `{"startedDateTime": "2015-02-11T20:54:04Z", "userTimezone": "Africa/Casablanca"}`
)

var fixed = flag.Bool("fixed", false, "make no mistakes")

// call is a request; the zero value of a field is what is right.
type call struct {
	method, path, body string
	noToken            bool
	contentType        string
	what               string // is wrong with it
}

func main() {
	flag.Parse()
	for _, c := range calls() {
		if status := c.send(); *fixed && status/100 != 2 {
			fmt.Fprintf(os.Stderr, "%s %s: %d\n", c.method, c.path, status)
			os.Exit(1)
		}
	}
}

// calls are the ten requests, each with its mistake or without.
func calls() []call {
	if *fixed {
		return []call{
			{method: "GET", path: "/me/activities"},
			{method: "PUT", path: item, body: body},
			{method: "PUT", path: activity + "-mine", body: `{"activitySourceHost": "https://www.contoso.com",
				"activationUrl": "https://www.contoso.com/trail", "visualElements": {"displayText": "A trail"}}`},
			{method: "GET", path: "/me/activities"},
			{method: "PUT", path: item, body: body},
			{method: "PUT", path: item, body: body},
			{method: "PUT", path: item, body: `{"startedDateTime": "2015-02-11T20:54:04Z"}`},
			{method: "PUT", path: item, body: body},
			{method: "PUT", path: item, body: body},
			{method: "PUT", path: item, body: `{"startedDateTime": "2015-02-11T20:54:04.3457274+01:00"}`},
		}
	}
	return []call{
		{method: "GET", path: "/me/activities", noToken: true, what: "no token is sent"},
		{method: "PUT", path: strings.Replace(item, "historyItems", "historyItms", 1), body: body, what: "a segment is misspelt"},
		{method: "PUT", path: "/me/activities", body: body, what: "the collection takes no PUT"},
		{method: "GET", path: "/me/activities?$filtr=x", what: "a query option is misspelt"},
		{method: "PUT", path: activity + "/historyItems/2", body: body, what: "the item's id is no GUID"},
		{method: "PUT", path: item, body: body, contentType: "text/plain", what: "JSON is sent as text"},
		{method: "PUT", path: item, body: `{"startedDateTime": "2015-02-11T20:54:04Z",}`, what: "a comma too many: the body is not JSON"},
		{method: "PUT", path: item, body: `{"userTimezone": "Africa/Casablanca"}`, what: "startedDateTime is missing"},
		{method: "PUT", path: item, body: strings.Replace(body, "userTimezone", "userTimezon", 1), what: "a property is misspelt"},
		{method: "PUT", path: item, body: `{"startedDateTime": "2015-02-11 20:54:04"}`, what: "a date without T and zone"},
	}
}

// send sends the request and returns the status of the response.
func (c call) send() int {
	req, err := http.NewRequest(c.method, os.Getenv("GRAPHMOCK_URL")+c.path, strings.NewReader(c.body))
	if err != nil {
		fatal(err)
	}
	if !c.noToken {
		req.Header.Set("Authorization", "Bearer "+os.Getenv("GRAPHMOCK_TOKEN"))
	}
	if c.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.contentType != "" {
		req.Header.Set("Content-Type", c.contentType)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		fatal(err)
	}
	return res.StatusCode
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
