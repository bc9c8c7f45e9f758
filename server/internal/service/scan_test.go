package service_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
	"github.com/graphmock/graphmock/server/internal/store"
	"github.com/graphmock/graphmock/server/internal/workload/directory"
)

// BenchmarkUsers fills a tenant with users and says, for each, what a scan with a filter takes,
// and which memory beyond its JSON.
func BenchmarkUsers(b *testing.B) {
	const n = 200_000
	c := servicetest.NewClient(b, openapi.Embedded().Tree(), directory.Behaviors()...)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	size := 0
	err := c.Store.Update(c.Caller.Tenant, c.Now, func(tx store.Tx) error {
		for i := range n {
			body := map[string]any{
				"id": fmt.Sprintf("00000000-0000-4000-8000-%012d", i), "displayName": fmt.Sprintf("User %d", i),
				"userPrincipalName": fmt.Sprintf("user%d@contoso.com", i), "accountEnabled": true, "mailNickname": fmt.Sprint("user", i),
				"givenName": "User", "surname": fmt.Sprint(i), "jobTitle": "Guide", "mail": fmt.Sprintf("user%d@contoso.com", i),
			}
			if err := c.Service.Seed(tx, &c.Caller, "/users", body, serviceTime(c.Now)); err != nil {
				return err
			}
		}
		all := tx.Snapshot("users")
		var at store.Cursor
		for more := true; more; {
			var page []store.Record
			page, at, more = all.Page(tx, at, 1000)
			for i := range page {
				size += len(page[i].JSON)
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	for b.Loop() {
		for _, page := range c.List("/users?$filter=startswith(displayName,'A')", "id") {
			if page != "" {
				b.Fatal(page)
			}
		}
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc-uint64(size))/n, "bytes-beside-JSON")
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds()/1e6, "million-entities/s")
	runtime.KeepAlive(c)
}
