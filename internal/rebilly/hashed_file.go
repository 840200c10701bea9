package rebilly

import (
	"cmp"
	"crypto/sha1" //nolint:gosec // The API has no other hash.
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"slices"
	"sync"
)

const (
	// fileBuffer is the number of bytes that are received, and hashed, at a time.
	// With a smaller buffer, goroutines wait for one another more often: 256 KiB
	// took 1.7 times as long.
	fileBuffer = 4 << 20

	// writeSize is the number of bytes that are written at a time. Linux caches
	// larger writes in larger pages. A virtual machine that returns unused memory to
	// its host must often request those anew: 4 MiB took three times as long.
	writeSize = 32 << 10

	// defaultSyncInterval is the number of writes, of fileBuffer bytes, after which they
	// are synced to the disk. A single sync at the end of a large file would take
	// seconds, in which nothing is received and the download cannot be canceled.
	defaultSyncInterval = 64 << 20 / fileBuffer
)

// diskFile is what hashedFile needs of an *os.File.
type diskFile interface {
	io.WriteSeeker
	Sync() error
}

// hashedFile is a file that is hashed and synced while it is written.
type hashedFile struct {
	file diskFile
	// written is the number of bytes in file and in hash.
	written int64

	// One buffer is hashed while the other one is filled. writes tells which one
	// is next.
	hash    hash.Hash
	hashing sync.WaitGroup
	buffers [2][]byte
	writes  int

	// syncInterval is the number of writes after which they are synced.
	syncInterval int
	syncing      sync.WaitGroup
	syncErr      error
}

func newHashedFile(file diskFile) *hashedFile {
	return &hashedFile{
		file:    file,
		hash:    sha1.New(), //nolint:gosec // The API has no other hash.
		buffers: [2][]byte{make([]byte, fileBuffer), make([]byte, fileBuffer)},

		syncInterval: defaultSyncInterval,
	}
}

// buffer returns the buffer to fill for the next write.
func (f *hashedFile) buffer() []byte { return f.buffers[f.writes%len(f.buffers)] }

// write appends data, which must be a part of buffer.
func (f *hashedFile) write(data []byte) error {
	for part := range slices.Chunk(data, writeSize) {
		if _, err := f.file.Write(part); err != nil {
			return fmt.Errorf("writing the file: %w", err)
		}
	}
	f.written += int64(len(data))
	// The other buffer must be hashed before it is filled again.
	f.hashing.Wait()
	f.hashing.Go(func() { _, _ = f.hash.Write(data) })
	f.writes++
	if f.writes%f.syncInterval != 0 {
		return nil
	}
	f.syncing.Wait()
	if f.syncErr != nil {
		return fmt.Errorf("writing the file: %w", f.syncErr)
	}
	f.syncing.Go(func() { f.syncErr = f.file.Sync() })

	return nil
}

// startOver drops what was written. The bytes stay until others replace them: the
// file is kept only with all bytes of its size.
func (f *hashedFile) startOver() error {
	f.hashing.Wait()
	f.hash.Reset()
	f.written = 0
	if _, err := f.file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("writing the file: %w", err)
	}

	return nil
}

func (f *hashedFile) sha1() string {
	f.hashing.Wait()

	return hex.EncodeToString(f.hash.Sum(nil))
}

func (f *hashedFile) sync() error {
	f.stop()
	if err := cmp.Or(f.syncErr, f.file.Sync()); err != nil {
		return fmt.Errorf("writing the file: %w", err)
	}

	return nil
}

// stop waits until nothing uses the file anymore.
func (f *hashedFile) stop() { f.syncing.Wait() }
