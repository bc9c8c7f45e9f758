package store_test

import (
	"testing"

	store "github.com/graphmock/graphmock/server/internal/tenantstore"
	"github.com/graphmock/graphmock/server/internal/tenantstore/storetest"
)

func TestMemoryKeepsThePromises(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(_ testing.TB, o store.Options) store.Store { return store.NewMemory(o) })
}
