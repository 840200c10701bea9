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

// Network is an in-memory network with one HTTPS server, which may have several
// hosts. In a testing/synctest bubble, net/http uses only the bubble's time over
// it. Its connections fail on demand.
type Network struct {
	accepted chan net.Conn
	closed   chan struct{}
	close    func()
	trust    *tls.Config

	mu     sync.Mutex
	faults []DialFault
	always DialFault
	dials  int
}

// DialFault replaces one connection to the server of a Network. It is called
// with the context of the dial.
type DialFault func(ctx context.Context) (net.Conn, error)

// ServeInMemory serves handler for hosts over TLS and HTTP/1.1 until the test
// ends.
func ServeInMemory(t TB, handler http.Handler, hosts ...string) *Network {
	t.Helper()
	certificate := NewCertificate(Created.AddDate(1, 0, 0), hosts...)
	network := &Network{accepted: make(chan net.Conn), closed: make(chan struct{}), trust: clientConfig(certificate)}
	network.close = sync.OnceFunc(func() { close(network.closed) })
	server := &http.Server{ //nolint:gosec // No timeouts: the clients are tests, some of them slow.
		Handler:   handler,
		TLSConfig: serverConfig(certificate),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, connectionKey{}, c)
		},
		// Not nil, to turn HTTP/2 off.
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
		ErrorLog:     log.New(io.Discard, "", 0),
	}
	go func() { _ = server.ServeTLS(network, "", "") }()
	t.Cleanup(func() {
		_ = server.Close()
		// Closing a TLS connection takes up to five seconds, and the clock of a
		// bubble stops when its test returns.
		<-time.After(10 * time.Second)
	})

	return network
}

type connectionKey struct{}

// Trust returns the TLS configuration for clients of the server.
func (n *Network) Trust() *tls.Config { return n.trust }

// Fail replaces the next connections with the given ones. Later dials connect to
// the server.
func (n *Network) Fail(connections ...DialFault) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.faults = append(n.faults, connections...)
}

// FailAlways replaces every connection from now on, after those of Fail.
func (n *Network) FailAlways(connection DialFault) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.always = connection
}

// Dials returns the number of dials so far.
func (n *Network) Dials() int {
	n.mu.Lock()
	defer n.mu.Unlock()

	return n.dials
}

// Dial connects to the server and ignores the address. Use it as the
// DialContext of an http.Transport.
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

func (n *Network) next() DialFault {
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

// UnknownHost is a dial that fails because DNS does not know the host.
func UnknownHost(context.Context) (net.Conn, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "api.example.com", IsNotFound: true}}
}

// Refused is a dial that fails because nothing listens on the port.
func Refused(context.Context) (net.Conn, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
}

// Unanswered is a dial that fails when its context ends, because the host does
// not respond.
func Unanswered(ctx context.Context) (net.Conn, error) {
	<-ctx.Done()

	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: ctx.Err()}
}

// ServedBy returns a connection to a server that speak implements. The connection
// closes when speak returns.
func ServedBy(speak func(net.Conn)) DialFault {
	return func(context.Context) (net.Conn, error) {
		client, server := pipe()
		go func() {
			defer func() { _ = server.Close() }()
			speak(server)
		}()

		return client, nil
	}
}

// UntrustedServer returns a connection to a server with the given certificate, which
// clients do not trust.
func UntrustedServer(certificate tls.Certificate) DialFault {
	return ServedBy(func(server net.Conn) {
		_ = tls.Server(server, serverConfig(certificate)).HandshakeContext(context.Background())
	})
}

func serverConfig(certificate tls.Certificate) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
}

func clientConfig(certificate tls.Certificate) *tls.Config {
	roots := x509.NewCertPool()
	roots.AddCert(certificate.Leaf)

	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}
