package files

import (
	"encoding/base64"
	"encoding/binary"
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestQuickXorHash(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"": "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "a": "YQAAAAAAAAAAAAAAAQAAAAAAAAA=",
		"hello": "aCgDG9jwBgAAAAAABQAAAAAAAAA=",
		"The quick brown fox jumps over the lazy dog": "bMSlbysmxJL6S75XwfMcQZOpcr4=",
	} {
		if got := quickXorHash([]byte(content)); got != want {
			t.Errorf("%q: %s, want %s", content, got, want)
		}
	}
}

// TestQuickXorHashAgainstItsDefinition puts byte by byte into a register of 160 bits.
func TestQuickXorHashAgainstItsDefinition(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 200 {
		content := make([]byte, random.IntN(2000))
		for i := range content {
			content[i] = byte(random.Uint32())
		}
		if got, want := quickXorHash(content), slowQuickXor(content); got != want {
			t.Fatalf("%d bytes: %s, want %s", len(content), got, want)
		}
	}
}

func slowQuickXor(content []byte) string {
	register := new(big.Int)
	for i, b := range content {
		for bit := range 8 {
			if at := (11*i + bit) % 160; b>>bit&1 == 1 {
				register.SetBit(register, at, register.Bit(at)^1)
			}
		}
	}
	big := register.FillBytes(make([]byte, 20))
	hash := make([]byte, 20)
	for i, b := range big {
		hash[19-i] = b
	}
	length := binary.LittleEndian.AppendUint64(nil, uint64(len(content)))
	for i, b := range length {
		hash[12+i] ^= b
	}
	return base64.StdEncoding.EncodeToString(hash)
}
