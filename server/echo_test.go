package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

// teapot is middleware as Echo's users write it: it knows nothing of exchanges.
func teapot(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set("X-Kettle", "on")
		switch c.Request().Method {
		case http.MethodDelete:
			return c.JSON(http.StatusTeapot, map[string]int{"cups": 1})
		case http.MethodPatch:
			return echo.NewHTTPError(http.StatusTeapot, "no coffee")
		}
		if err := next(c); err != nil || c.Response().Status != http.StatusOK || c.Response().Size == 0 {
			panic("the response is not to be seen")
		}
		return errors.New("an error that comes too late")
	}
}

func TestEchoMiddlewareRespondsOnEveryWay(t *testing.T) {
	t.Parallel()
	s, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	s.handler = chain(append([]echo.MiddlewareFunc{teapot}, s.pipeline()...))
	socket := httptest.NewServer(s)
	defer socket.Close()
	for _, tt := range []struct {
		method, want string
		status       int
	}{{"DELETE", `{"cups":1}`, 418}, {"PATCH", `{"message":"no coffee"}`, 418}, {"GET", `"value":[`, 200}} {
		for name, send := range map[string]func(method string) (int, string, string){
			"in process": sendTo(t, s.Client(), s.URL()), "socket": sendTo(t, socket.Client(), socket.URL),
			"batch": sendInBatch(t, s),
		} {
			status, kettle, body := send(tt.method)
			if status != tt.status || kettle != "on" || !strings.Contains(body, tt.want) {
				t.Errorf("%s %s: %d %s, kettle %q; want %d %s", name, tt.method, status, body, kettle,
					tt.status, tt.want)
			}
		}
	}
}

func sendTo(t *testing.T, c *http.Client, origin string) func(method string) (int, string, string) {
	return func(method string) (int, string, string) {
		req, err := http.NewRequestWithContext(t.Context(), method, origin+"/v1.0/me/activities", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer x")
		res, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, res.Header.Get("X-Kettle"), string(body)
	}
}

func sendInBatch(t *testing.T, s *Server) func(method string) (int, string, string) {
	return func(method string) (int, string, string) {
		req, err := http.NewRequestWithContext(t.Context(), "POST", s.URL()+"/v1.0/$batch",
			strings.NewReader(`{"requests": [{"id": "1", "method": "`+method+`", "url": "/me/activities"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = http.Header{"Authorization": {"Bearer x"}, "Content-Type": {"application/json"}}
		res, err := s.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var all struct {
			Responses []struct {
				Status  int
				Headers map[string]string
				Body    json.RawMessage
			}
		}
		if err := json.NewDecoder(res.Body).Decode(&all); err != nil || len(all.Responses) != 1 {
			t.Fatalf("%+v, error %v", all, err)
		}
		one := all.Responses[0]
		return one.Status, one.Headers["X-Kettle"], string(bytes.TrimSpace(one.Body))
	}
}
