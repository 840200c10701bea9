package rebilly

import (
	"crypto/sha1" //nolint:gosec // The API has no other hash.
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
)

// fileBuffer is the number of bytes that are received, written, and hashed at a time.
const fileBuffer = 128 << 10

// hashedFile is a file that is hashed while it is written.
type hashedFile struct {
	file *os.File
	hash hash.Hash
	// written is the number of bytes in file and in hash.
	written int64
}

func newHashedFile(file *os.File) *hashedFile {
	return &hashedFile{file: file, hash: sha1.New()} //nolint:gosec // The API has no other hash.
}

// Write implements io.Writer.
func (f *hashedFile) Write(data []byte) (int, error) {
	count, err := f.file.Write(data)
	f.hash.Write(data[:count])
	f.written += int64(count)
	if err != nil {
		return count, fmt.Errorf("writing the file: %w", err)
	}

	return count, nil
}

// startOver drops what was written. The bytes stay until others replace them: the
// file is kept only with all bytes of its size.
func (f *hashedFile) startOver() error {
	f.hash.Reset()
	f.written = 0
	if _, err := f.file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("writing the file: %w", err)
	}

	return nil
}

// sha1 returns the SHA-1 of what was written, in hexadecimal.
func (f *hashedFile) sha1() string { return hex.EncodeToString(f.hash.Sum(nil)) }
