package provider

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// faultyConnections are the faults of connections, and of what is sent over them
// as HTTP.
func faultyConnections() []fault {
	// Without a connection, nothing was requested.
	unconnected := func(name string, connection rebillytest.DialFault, becomes outcome, cause string) fault {
		return fault{
			name: name, connection: connection, reads: becomes, requests: becomes,
			summary: "Connection Failed", facts: []string{cause, faultHost},
		}
	}
	untrusted := func(name string, certificate tls.Certificate, cause string) fault {
		return unconnected("TLS: "+name, rebillytest.UntrustedServer(certificate), final, cause)
	}
	broken := func(name string, response rebillytest.Fault, cause string) fault {
		return fault{
			name: name, response: always(response), reads: retried, requests: final, acted: true,
			summary: "Connection Failed", facts: []string{cause, faultHost},
		}
	}
	expired := rebillytest.NewCertificate(time.Date(1999, time.December, 31, 0, 0, 0, 0, time.UTC), faultHost)
	otherHost := rebillytest.NewCertificate(rebillytest.Created, "other.example.com")

	return []fault{
		unconnected("DNS failure", rebillytest.UnknownHost, retried, "no such host"),
		unconnected("connection refused", rebillytest.Refused, retried, "connection refused"),
		unconnected("connection never made", rebillytest.Unanswered, retried, "request timeout of 30s"),
		untrusted("expired certificate", expired, "certificate has expired"),
		untrusted("unknown authority", rebillytest.NewCertificate(rebillytest.Created, faultHost), "unknown authority"),
		untrusted("certificate of another host", otherHost, "other.example.com"),
		unconnected("TLS: handshake cut", rebillytest.ServedBy(func(net.Conn) {}), retried, "5 attempts"),
		unconnected("TLS: handshake without a response", rebillytest.ServedBy(func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }), retried, "handshake timeout"),
		unconnected("TLS: server speaks plain HTTP", rebillytest.ServedBy(speakPlainHTTP), retried, "HTTP response to HTTPS client"),
		broken("connection closed before the response", rebillytest.Cut(), "EOF"),
		broken("connection closed in the body", rebillytest.CutBody(), "unexpected EOF"),
		broken("connection closed in the header", raw("HTTP/1.1 200 OK\r\nContent-Ty"), "malformed MIME header"),
		broken("connection reset before the response", rebillytest.Reset(), "reset by peer"),
		broken("connection reset in the body", rebillytest.ResetBody(), "reset by peer"),
		broken("no response", rebillytest.Hang(), "request timeout of 30s"),
		broken("slow header", slow("HTTP/1.1 200 OK\r\nX-Padding: "), "request timeout of 30s"),
		broken("slow body", slow("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"), "request timeout of 30s"),
		broken("endless header", endless("HTTP/1.1 200 OK\r\nX-Padding: ", strings.Repeat("x", 1<<16)), "exceeded 1048576 bytes"),
		broken("endless interim responses", endless("", strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 1<<10)), "exceeded 1048576 bytes"),
		broken("response that is not HTTP", raw("SSH-2.0-OpenSSH_9.6\r\n"), `"SSH-2.0-OpenSSH_9.6"`),
		broken("secrets in a response that is not HTTP", raw("\x1b[2J"+rebillytest.SecretKey+",https://files.example.com/?signature="+rebillytest.SignedLinkSecret+"\r\n"),
			`malformed HTTP response "***"`),
	}
}

// always returns the same fault for every target.
func always(response rebillytest.Fault) func(target) rebillytest.Fault {
	return func(target) rebillytest.Fault { return response }
}

// hijacked responds by handle, which has the connection to itself.
func hijacked(handle func(net.Conn)) rebillytest.Fault {
	return rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer func() { _ = connection.Close() }()
		handle(connection)
	})
}

func raw(text string) rebillytest.Fault {
	return hijacked(func(c net.Conn) { _, _ = io.WriteString(c, text) })
}

// slow responds with start, and then with one byte per second.
func slow(start string) rebillytest.Fault {
	return hijacked(func(c net.Conn) {
		_, err := io.WriteString(c, start)
		for ; err == nil; _, err = io.WriteString(c, "x") {
			<-time.After(time.Second)
		}
	})
}

// endless responds with start, and then with more until nobody reads it.
func endless(start, more string) rebillytest.Fault {
	return hijacked(func(c net.Conn) {
		_, err := io.WriteString(c, start)
		for err == nil {
			_, err = io.WriteString(c, more)
		}
	})
}

func speakPlainHTTP(c net.Conn) {
	hello := make([]byte, 512)
	_, _ = c.Read(hello)
	go func() { _, _ = io.Copy(io.Discard, c) }()
	_, _ = fmt.Fprint(c, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
}
