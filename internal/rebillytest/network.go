package rebillytest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"time"
)

// Network is a network in memory that leads to one HTTPS server, for a
// testing/synctest bubble: whatever net/http does over it takes only the
// bubble's time. Connections can be told to fail.
type Network struct {
	accepted chan net.Conn
	closed   chan struct{}
	close    func()
	trust    *tls.Config

	mu     sync.Mutex
	faults []Connection
	always Connection
	dials  int
}

// Connection stands in for one connection to the server of a Network.
type Connection func(ctx context.Context) (net.Conn, error)

// ServeInMemory serves handler for the given host until the test ends, by
// HTTP/1.1 over TLS.
func ServeInMemory(t TB, handler http.Handler, host string) *Network {
	t.Helper()
	certificate := NewCertificate(host, Created.AddDate(1, 0, 0))
	network := &Network{accepted: make(chan net.Conn), closed: make(chan struct{}), trust: trusting(certificate)}
	network.close = sync.OnceFunc(func() { close(network.closed) })
	server := &http.Server{ //nolint:gosec // Its clients are tests, some of them slow.
		Handler:   handler,
		TLSConfig: serving(certificate),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, connectionKey{}, c)
		},
		// Off: HTTP/2.
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
		ErrorLog:     log.New(io.Discard, "", 0),
	}
	go func() { _ = server.ServeTLS(network, "", "") }()
	t.Cleanup(func() {
		_ = server.Close()
		// The ends of a TLS connection take leave of each other, for up to five
		// seconds, and the clock of a bubble stops with its test.
		<-time.After(10 * time.Second)
	})

	return network
}

type connectionKey struct{}

// Trust is what a client must know to trust the server's certificate.
func (n *Network) Trust() *tls.Config { return n.trust }

// Fail has the next connections be the given ones, before the server is
// connected to again.
func (n *Network) Fail(connections ...Connection) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.faults = append(n.faults, connections...)
}

// FailAlways has every connection from now on be the given one.
func (n *Network) FailAlways(connection Connection) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.always = connection
}

// Dials returns how many connections were asked for so far.
func (n *Network) Dials() int {
	n.mu.Lock()
	defer n.mu.Unlock()

	return n.dials
}

// Dial connects to the server, whatever the address is. It is an
// http.Transport's DialContext.
func (n *Network) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	if fault := n.next(); fault != nil {
		return fault(ctx)
	}
	client, server := pipe()
	select {
	case n.accepted <- server:
		return client, nil
	case <-n.closed:
		return Refused(ctx)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (n *Network) next() Connection {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dials++
	if len(n.faults) == 0 {
		return n.always
	}
	fault := n.faults[0]
	n.faults = n.faults[1:]

	return fault
}

// Accept implements net.Listener.
func (n *Network) Accept() (net.Conn, error) {
	select {
	case connection := <-n.accepted:
		return connection, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (n *Network) Close() error {
	n.close()

	return nil
}

// Addr implements net.Listener.
func (n *Network) Addr() net.Addr { return &net.IPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// NotFound is a connection to a host whose name is not known.
func NotFound(context.Context) (net.Conn, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "api.example.com", IsNotFound: true}}
}

// Refused is a connection to a port on which nobody listens.
func Refused(context.Context) (net.Conn, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
}

// Unanswered is a connection to a host that does not answer at all.
func Unanswered(ctx context.Context) (net.Conn, error) {
	<-ctx.Done()

	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: ctx.Err()}
}

// Spoken returns a connection on whose other end speak is, in the place of
// the server. The connection is closed when speak returns.
func Spoken(speak func(net.Conn)) Connection {
	return func(context.Context) (net.Conn, error) {
		client, server := pipe()
		go func() {
			defer func() { _ = server.Close() }()
			speak(server)
		}()

		return client, nil
	}
}

// Certified returns a connection to a server that has another certificate
// than the one that is trusted.
func Certified(certificate tls.Certificate) Connection {
	return Spoken(func(server net.Conn) {
		_ = tls.Server(server, serving(certificate)).HandshakeContext(context.Background())
	})
}

func serving(certificate tls.Certificate) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
}

func trusting(certificate tls.Certificate) *tls.Config {
	roots := x509.NewCertPool()
	roots.AddCert(certificate.Leaf)

	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}
