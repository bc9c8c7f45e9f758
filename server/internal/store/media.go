package store

import (
	"errors"
	"fmt"
	"strings"
)

// ErrMediaFull is what PutMedia fails with when a tenant would have too many bytes.
var ErrMediaFull = errors.New("the tenant has no room for more media")

// Media implements Reader.
func (s *space) Media(path string) ([]byte, bool) { return s.media.Get(path) }

// MediaPaths implements Reader.
func (s *space) MediaPaths(prefix string) (paths []string) {
	s.media.Ascend(prefix, func(path string, _ []byte) bool {
		if !strings.HasPrefix(path, prefix) {
			return false
		}
		paths = append(paths, path)
		return true
	})
	return paths
}

// PutMedia implements Tx.
func (s *space) PutMedia(path string, data []byte) error {
	old, had := s.media.Get(path)
	if size := s.mediaSize + int64(len(data)) - int64(len(old)); size > s.options.MaxMedia {
		return fmt.Errorf("%s: %w: %d bytes with these, %d at most; delete some",
			path, ErrMediaFull, size, s.options.MaxMedia)
	}
	s.setMedia(path, data, true)
	s.onRollback(func() { s.setMedia(path, old, had) })
	return nil
}

// DeleteMedia implements Tx.
func (s *space) DeleteMedia(path string) bool {
	old, had := s.media.Get(path)
	if had {
		s.setMedia(path, nil, false)
		s.onRollback(func() { s.setMedia(path, old, true) })
	}
	return had
}

// deleteMediaTree removes the bytes of a record and of what is below it.
func (s *space) deleteMediaTree(path, below string) {
	if s.media.Len() == 0 {
		return
	}
	s.DeleteMedia(path)
	for _, path := range s.MediaPaths(below) {
		s.DeleteMedia(path)
	}
}

// setMedia sets the bytes at a path, or removes them if it is to have none.
func (c *content) setMedia(path string, data []byte, has bool) {
	old, _ := c.media.Get(path)
	c.mediaSize += int64(len(data)) - int64(len(old))
	if has {
		c.media.Set(path, data)
	} else {
		c.media.Delete(path)
	}
}
