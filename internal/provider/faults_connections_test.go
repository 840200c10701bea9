package provider

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// faultyConnections are the faults before there is an answer, and of the
// connection that one comes by.
func faultyConnections() []fault {
	// Without a connection nothing was requested.
	unconnected := func(name string, connection rebillytest.Connection, becomes fate, says ...string) fault {
		return fault{name: name, connection: connection, reads: becomes, requests: becomes, says: append(says, faultHost)}
	}
	broken := func(name string, answer rebillytest.Fault, says ...string) fault {
		return fault{name: name, answer: always(answer), reads: retried, requests: final, acted: true, says: append(says, "no answer from "+faultHost)}
	}
	expired := rebillytest.NewCertificate(faultHost, time.Date(1999, time.December, 31, 0, 0, 0, 0, time.UTC))
	untrusted := rebillytest.NewCertificate(faultHost, rebillytest.Created)
	otherHost := rebillytest.NewCertificate("other.example.com", rebillytest.Created)

	return []fault{
		unconnected("DNS failure", rebillytest.NotFound, retried, "no such host"),
		unconnected("connection refused", rebillytest.Refused, retried, "connection refused"),
		unconnected("connection never made", rebillytest.Unanswered, retried, "within the request timeout of 30s"),
		unconnected("TLS: expired certificate", rebillytest.Certified(expired), final, "certificate has expired", "after 1 attempt"),
		unconnected("TLS: unknown authority", rebillytest.Certified(untrusted), final, "certificate signed by unknown authority", "after 1 attempt"),
		unconnected("TLS: certificate of another host", rebillytest.Certified(otherHost), final, "certificate is valid for other.example.com", "after 1 attempt"),
		unconnected("TLS: handshake cut", rebillytest.Spoken(func(net.Conn) {}), retried, "after 5 attempts"),
		unconnected("TLS: handshake without an answer", rebillytest.Spoken(func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }), retried, "TLS handshake timeout"),
		unconnected("TLS: server speaks plain HTTP", rebillytest.Spoken(speakPlainHTTP), retried, "HTTP response to HTTPS client"),
		broken("connection closed before the answer", rebillytest.Cut(), "EOF"),
		broken("connection closed in the body", rebillytest.CutBody(), "unexpected EOF"),
		broken("connection closed in the header", raw("HTTP/1.1 200 OK\r\nContent-Ty"), "malformed MIME header"),
		broken("connection reset before the answer", rebillytest.Reset(), "connection reset by peer"),
		broken("connection reset in the body", rebillytest.ResetBody(), "connection reset by peer"),
		broken("no answer", rebillytest.Hang(), "within the request timeout of 30s"),
		broken("header that drips", dripping("HTTP/1.1 200 OK\r\nX-Padding: "), "within the request timeout of 30s"),
		broken("body that drips", dripping("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"), "within the request timeout of 30s"),
		broken("header without an end", endless("HTTP/1.1 200 OK\r\nX-Padding: ", strings.Repeat("x", 1<<16)), "server response headers exceeded 1048576 bytes"),
		broken("interim answers without an end", endless("", strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 1<<10)), "server response headers exceeded 1048576 bytes"),
		broken("answer that is no HTTP", raw("SSH-2.0-OpenSSH_9.6\r\n"), `malformed HTTP response "SSH-2.0-OpenSSH_9.6"`),
		broken("secrets in an answer that is no HTTP", raw("\x1b[2J"+rebillytest.SecretKey+",https://files.example.com/?signature="+rebillytest.SignedLinkSecret+"\r\n"),
			`malformed HTTP response "\x1b[2J***,https://files.example.com/***"`),
	}
}

// always returns the same fault for every object.
func always(answer rebillytest.Fault) func(object, *rebillytest.API) rebillytest.Fault {
	return func(object, *rebillytest.API) rebillytest.Fault { return answer }
}

// hijacked answers by handle, which has the connection to itself.
func hijacked(handle func(net.Conn)) rebillytest.Fault {
	return rebillytest.OffContract(func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer func() { _ = connection.Close() }()
		handle(connection)
	})
}

// raw answers with text and closes the connection.
func raw(text string) rebillytest.Fault {
	return hijacked(func(c net.Conn) { _, _ = io.WriteString(c, text) })
}

// dripping answers with start, and then with one byte a second.
func dripping(start string) rebillytest.Fault {
	return hijacked(func(c net.Conn) {
		_, err := io.WriteString(c, start)
		for ; err == nil; _, err = io.WriteString(c, "x") {
			<-time.After(time.Second)
		}
	})
}

// endless answers with start, and then with more until nobody reads it.
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
