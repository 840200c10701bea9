package rebillytest

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"syscall"

	"google.golang.org/grpc/test/bufconn"
)

// pipeBuffer is the number of bytes that each direction of a pipe buffers. TLS
// needs a buffer where both ends write at the same time, and net.Pipe has none.
const pipeBuffer = 64 << 10

// pipe returns the two ends of a connection in memory.
func pipe() (client, server *end) {
	listener := bufconn.Listen(pipeBuffer)
	defer func() { _ = listener.Close() }()
	dialed := make(chan net.Conn, 1)
	go func() {
		connection, err := listener.Dial()
		if err != nil {
			panic(err)
		}
		dialed <- connection
	}()
	accepted, err := listener.Accept()
	if err != nil {
		panic(err)
	}
	reset := new(atomic.Bool)

	return &end{<-dialed, reset}, &end{accepted, reset}
}

// end is one end of a pipe that can be reset.
type end struct {
	net.Conn

	reset *atomic.Bool
}

func (e *end) Read(data []byte) (int, error) {
	count, err := e.Conn.Read(data)
	timeout, ok := errors.AsType[net.Error](err)
	switch {
	case err != nil && e.reset.Load():
		err = &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	case ok && timeout.Timeout():
		// To crypto/tls, the error of bufconn would be permanent, and the
		// server could not use a connection for a second request.
		err = os.ErrDeadlineExceeded
	}

	return count, err
}

func (e *end) Write(data []byte) (int, error) {
	count, err := e.Conn.Write(data)
	if err != nil {
		err = &net.OpError{Op: "write", Net: "tcp", Err: os.NewSyscallError("write", syscall.EPIPE)}
	}

	return count, err
}

// resetConnection resets the connection of a request to a Network. It does
// nothing for other requests.
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
