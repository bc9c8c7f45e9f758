package files

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
)

// fileFacet is what Graph says of the bytes of a file. Business drives have one hash,
// personal ones three; an empty file has none [REC; OBS].
func fileFacet(name string, content []byte, personal bool) map[string]any {
	facet := map[string]any{"mimeType": mimeType(name)}
	if len(content) == 0 {
		return facet
	}
	hashes := map[string]any{"quickXorHash": quickXorHash(content)}
	if personal {
		hashes["sha1Hash"] = fmt.Sprintf("%X", sha1.Sum(content))
		hashes["sha256Hash"] = fmt.Sprintf("%X", sha256.Sum256(content))
	}
	facet["hashes"] = hashes
	return facet
}

// quickXorHash is the hash that all drives have: each byte goes 11 bits further into 160
// bits than the one before it, and the length into the last 64 of them
// (code snippets: quickXorHash in OneDrive's documentation).
func quickXorHash(content []byte) string {
	const bits = 160
	var folded [bits]byte // what begins at the same bit is the same, so that it can be put together first
	for i, b := range content {
		folded[i%bits] ^= b
	}
	var register [bits/8 + 1]byte
	for i, b := range folded {
		at := 11 * i % bits
		register[at/8] ^= b << (at % 8)
		register[at/8+1] ^= byte(uint16(b) << (at % 8) >> 8)
	}
	register[0] ^= register[bits/8]
	hash := register[:bits/8]
	var length [8]byte
	binary.LittleEndian.PutUint64(length[:], uint64(len(content)))
	for i, b := range length {
		hash[bits/8-8+i] ^= b
	}
	return base64.StdEncoding.EncodeToString(hash)
}
