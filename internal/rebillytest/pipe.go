package rebillytest

import (
	"bytes"
	"crypto/tls"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// pipe returns the two ends of a connection in memory. Unlike those of
// net.Pipe, they take some data that the other end has not read yet, as a
// network does: TLS needs it where both ends write at once.
func pipe() (client, server *end) {
	here, there := net.Pipe()
	reset := new(atomic.Bool)

	return newEnd(here, reset), newEnd(there, reset)
}

// buffered is how many writes wait to be read.
const buffered = 64

// end is one end of a pipe.
type end struct {
	net.Conn

	reset   *atomic.Bool
	queue   chan []byte
	close   func()
	closing chan struct{}
	broken  chan struct{}
}

func newEnd(connection net.Conn, reset *atomic.Bool) *end {
	e := &end{
		Conn:    connection,
		reset:   reset,
		queue:   make(chan []byte, buffered),
		closing: make(chan struct{}),
		broken:  make(chan struct{}),
	}
	e.close = sync.OnceFunc(func() { close(e.closing) })
	go e.deliver()

	return e
}

// Read implements net.Conn.
func (e *end) Read(data []byte) (int, error) {
	count, err := e.Conn.Read(data)
	if err != nil && e.reset.Load() {
		err = &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	}

	return count, err
}

// Write implements net.Conn.
func (e *end) Write(data []byte) (int, error) {
	// First without the queue, which may have room though nobody reads it.
	if err := e.gone(); err != nil {
		return 0, err
	}
	select {
	case e.queue <- bytes.Clone(data):
		return len(data), nil
	case <-e.broken:
	case <-e.closing:
	}

	return 0, e.gone()
}

// gone returns an error where nothing can be written any more.
func (e *end) gone() error {
	select {
	case <-e.closing:
		return net.ErrClosed
	case <-e.broken:
		return &net.OpError{Op: "write", Net: "tcp", Err: os.NewSyscallError("write", syscall.EPIPE)}
	default:
		return nil
	}
}

// Close implements net.Conn. What was written before is still delivered, for
// a second: nobody may be there to read it.
func (e *end) Close() error {
	e.close()
	if err := e.Conn.SetWriteDeadline(time.Now().Add(time.Second)); err != nil {
		return err
	}

	return e.SetReadDeadline(time.Now())
}

// SetWriteDeadline implements net.Conn. It does nothing: what is written is
// taken at once, or not before the other end has read more.
func (e *end) SetWriteDeadline(time.Time) error { return nil }

// SetDeadline implements net.Conn.
func (e *end) SetDeadline(t time.Time) error { return e.SetReadDeadline(t) }

// deliver hands on what is written until the end is closed or the other one
// is gone.
func (e *end) deliver() {
	defer close(e.broken)
	defer func() { _ = e.Conn.Close() }()
	for {
		select {
		case data := <-e.queue:
			if _, err := e.Conn.Write(data); err != nil {
				return
			}

			continue
		case <-e.closing:
		}
		for len(e.queue) > 0 {
			if _, err := e.Conn.Write(<-e.queue); err != nil {
				return
			}
		}

		return
	}
}

// resetConnection breaks the connection of a request to a Network off, and
// does nothing where the request came another way.
func resetConnection(request *http.Request) {
	connection, _ := request.Context().Value(connectionKey{}).(*tls.Conn)
	if connection == nil {
		return
	}
	if end, ok := connection.NetConn().(*end); ok {
		end.reset.Store(true)
		_ = end.Close()
	}
}
