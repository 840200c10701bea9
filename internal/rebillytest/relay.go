package rebillytest

import (
	"context"
	"net"
	"sync"
	"time"
)

// Relay forwards TCP connections to one target. Tests use it to make open
// connections go silent, as a firewall does that drops a connection's state.
type Relay struct {
	listener net.Listener
	running  sync.WaitGroup

	mu          sync.Mutex
	accepted    int
	connections []net.Conn
	directions  []*direction
	closed      bool
}

// NewRelay starts a relay to target, a host and port. The relay listens on a
// free port of 127.0.0.1 until the test ends. NewRelay panics if it cannot
// listen, as httptest.NewServer does.
func NewRelay(t TB, target string) *Relay {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		cancel()
		panic(err)
	}
	relay := &Relay{listener: listener}
	relay.running.Go(func() { relay.serve(ctx, target) })
	t.Cleanup(func() {
		cancel()
		relay.close()
	})

	return relay
}

// Address returns the host and port that the relay listens on.
func (r *Relay) Address() string { return r.listener.Addr().String() }

// Accepted returns the number of connections that the relay accepted so far.
func (r *Relay) Accepted() int {
	r.mu.Lock()
	defer r.mu.Unlock()

	return r.accepted
}

// Silence makes the connections that the relay accepted so far go silent in
// both directions. The relay discards what either end sends from now on. It
// does not tell an end that the other one closed the connection, and closes
// nothing before the test ends. The relay still forwards new connections.
//
// A client can be connected before the relay accepts its connection. Call
// Silence after the client has received data, or after Accepted counts the
// connection.
func (r *Relay) Silence() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, direction := range r.directions {
		direction.silence()
	}
}

// serve forwards connections until the relay closes.
func (r *Relay) serve(ctx context.Context, target string) {
	for {
		client, err := r.listener.Accept()
		if err != nil {
			return
		}
		server, err := new(net.Dialer).DialContext(ctx, "tcp", target)
		if err != nil {
			r.count()
			_ = client.Close()

			continue
		}
		r.forward(client, server)
	}
}

func (r *Relay) count() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.accepted++
}

// forward forwards data in both directions between client and server.
func (r *Relay) forward(client, server net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		_ = client.Close()
		_ = server.Close()

		return
	}
	r.accepted++
	r.connections = append(r.connections, client, server)
	there := &direction{from: client, to: server}
	back := &direction{from: server, to: client}
	r.directions = append(r.directions, there, back)
	r.running.Go(there.forward)
	r.running.Go(back.forward)
}

// close closes all connections and waits until no goroutine uses them.
func (r *Relay) close() {
	_ = r.listener.Close()
	r.mu.Lock()
	r.closed = true
	for _, connection := range r.connections {
		_ = connection.Close()
	}
	r.mu.Unlock()
	r.running.Wait()
}

// direction is one direction of a forwarded connection.
type direction struct {
	from, to net.Conn

	mu     sync.Mutex
	silent bool
}

// forward forwards data, and then the end of the data, from one end to the
// other. It reads until the end even if it is silent, so the sender never
// notices a full buffer.
func (d *direction) forward() {
	buffer := make([]byte, 32<<10)
	for {
		count, err := d.from.Read(buffer)
		d.pass(buffer[:count], err != nil)
		if err != nil {
			return
		}
	}
}

// pass passes data on, and then the end of the data, unless d is silent.
func (d *direction) pass(data []byte, last bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.silent {
		return
	}
	if _, err := d.to.Write(data); err != nil {
		d.silent = true

		return
	}
	if half, ok := d.to.(interface{ CloseWrite() error }); ok && last {
		_ = half.CloseWrite()
	}
}

// silence returns when nothing more will be passed on. The deadline ends a
// write that is waiting for the other end to read.
func (d *direction) silence() {
	_ = d.to.SetWriteDeadline(time.Unix(0, 1))
	d.mu.Lock()
	defer d.mu.Unlock()
	d.silent = true
}
