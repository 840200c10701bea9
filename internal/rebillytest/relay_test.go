package rebillytest

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// quiet is how long a connection must receive nothing to count as silent.
const quiet = 50 * time.Millisecond

func listen(t *testing.T) *net.TCPListener {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	tcp, ok := listener.(*net.TCPListener)
	if !ok {
		t.Fatalf("got a %T", listener)
	}

	return tcp
}

// dial returns the ends of a new connection through relay to target. Data came
// through it in both directions.
func dial(t *testing.T, relay *Relay, target *net.TCPListener) (client, server *net.TCPConn) {
	t.Helper()
	connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", relay.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	client, ok := connection.(*net.TCPConn)
	if !ok {
		t.Fatalf("got a %T", connection)
	}
	server, err = target.AcceptTCP()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	transfer(t, client, server)
	transfer(t, server, client)

	return client, server
}

// transfer expects data to come through from one end to the other.
func transfer(t *testing.T, from, to net.Conn) {
	t.Helper()
	const text = "some data"
	if _, err := io.WriteString(from, text); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(text))
	if _, err := io.ReadFull(to, got); err != nil || string(got) != text {
		t.Fatalf("got %q and the error %v, want %q", got, err, text)
	}
}

func TestRelay_forwards(t *testing.T) {
	t.Parallel()
	target := listen(t)
	relay := NewRelay(t, target.Addr().String())
	for number := range 3 {
		client, server := dial(t, relay, target)
		if got := relay.Accepted(); got != number+1 {
			t.Errorf("accepted %d connections, want %d", got, number+1)
		}
		for _, ends := range [][2]*net.TCPConn{{client, server}, {server, client}} {
			if err := ends[0].CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(ends[1]); err != nil || len(got) > 0 {
				t.Errorf("got %q and the error %v, want the end of the data", got, err)
			}
		}
	}
}

func TestRelay_silence(t *testing.T) {
	t.Parallel()
	actions := map[string]func(*net.TCPConn) error{
		"does nothing": func(*net.TCPConn) error { return nil },
		"sends data": func(connection *net.TCPConn) error {
			_, err := io.WriteString(connection, "swallowed")

			return err
		},
		"ends its data": (*net.TCPConn).CloseWrite,
		"closes":        (*net.TCPConn).Close,
		"resets": func(connection *net.TCPConn) error {
			return errors.Join(connection.SetLinger(0), connection.Close())
		},
	}
	for name, act := range actions {
		for _, actor := range []string{"client", "server"} {
			t.Run(actor+" "+name, func(t *testing.T) {
				t.Parallel()
				target := listen(t)
				relay := NewRelay(t, target.Addr().String())
				end, peer := dial(t, relay, target)
				if actor == "server" {
					end, peer = peer, end
				}
				relay.Silence()
				if err := act(end); err != nil {
					t.Fatal(err)
				}

				// A new connection works, which also gives the relay some time.
				dial(t, relay, target)
				if got := relay.Accepted(); got != 2 {
					t.Errorf("accepted %d connections, want 2", got)
				}
				expectSilence(t, peer)
				if _, err := io.WriteString(peer, "swallowed"); err != nil {
					t.Errorf("the relay did not discard the data: %v", err)
				}
				if name != "closes" && name != "resets" {
					expectSilence(t, end)
				}
			})
		}
	}
}

// expectSilence expects that connection receives neither data nor an end of it.
func expectSilence(t *testing.T, connection *net.TCPConn) {
	t.Helper()
	if err := connection.SetReadDeadline(time.Now().Add(quiet)); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(connection); len(got) > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %q and the error %v, want silence", got, err)
	}
}

func TestRelay_silenceAgain(t *testing.T) {
	t.Parallel()
	target := listen(t)
	relay := NewRelay(t, target.Addr().String())
	for range 2 {
		client, server := dial(t, relay, target)
		relay.Silence()
		if _, err := io.WriteString(client, "swallowed"); err != nil {
			t.Fatal(err)
		}
		expectSilence(t, server)
	}
}

func TestRelay_silenceEndsABlockedWrite(t *testing.T) {
	t.Parallel()
	target := listen(t)
	relay := NewRelay(t, target.Addr().String())
	client, _ := dial(t, relay, target)
	chunk := make([]byte, 1<<20)

	// The server does not read. When all buffers are full, the relay waits for it.
	for err := error(nil); !errors.Is(err, os.ErrDeadlineExceeded); _, err = client.Write(chunk) {
		if err != nil {
			t.Fatal(err)
		}
		if err := client.SetWriteDeadline(time.Now().Add(quiet)); err != nil {
			t.Fatal(err)
		}
	}
	relay.Silence()
	if err := client.SetWriteDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	for range 32 {
		if _, err := client.Write(chunk); err != nil {
			t.Fatalf("the relay did not discard the data: %v", err)
		}
	}
}

func TestRelay_targetRefusesConnections(t *testing.T) {
	t.Parallel()
	target := listen(t)
	address := target.Addr().String()
	_ = target.Close()
	relay := NewRelay(t, address)
	client, err := new(net.Dialer).DialContext(t.Context(), "tcp", relay.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	if got, err := io.ReadAll(client); err != nil || len(got) > 0 {
		t.Errorf("got %q and the error %v, want the end of the data", got, err)
	}
	if got := relay.Accepted(); got != 1 {
		t.Errorf("accepted %d connections, want 1", got)
	}
}

// endedTest is a TB that a test ends itself.
type endedTest struct {
	TB

	end func()
}

func (e *endedTest) Cleanup(end func()) { e.end = end }

func TestRelay_closesWhenItsTestEnds(t *testing.T) {
	t.Parallel()
	target := listen(t)
	test := &endedTest{TB: t}
	relay := NewRelay(test, target.Addr().String())
	silent, silentServer := dial(t, relay, target)
	relay.Silence()
	client, server := dial(t, relay, target)
	test.end()
	for name, connection := range map[string]*net.TCPConn{"silent client": silent, "silent server": silentServer, "client": client, "server": server} {
		if err := connection.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(connection); len(got) > 0 || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: got %q and the error %v, want the end of the data", name, got, err)
		}
	}
	if connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", relay.Address()); err == nil {
		_ = connection.Close()
		t.Error("the relay still listens")
	}
}
