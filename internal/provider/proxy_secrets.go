package provider

import (
	"encoding/base64"
	"net/url"
	"strings"
)

// shortestToken is the length from which a user name counts as a token.
const shortestToken = 12

// proxySecrets returns the passwords of the environment's proxies, as they are and
// as a request has them (RFC 7617). A proxy can send them back in its errors.
func proxySecrets(getenv func(string) string) []string {
	var secrets []string
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		address := getenv(name)
		if !strings.Contains(address, "://") {
			address = "http://" + address
		}
		proxy, err := url.Parse(address)
		if err != nil || proxy.User == nil {
			continue
		}
		// Some proxies take a token as the user name. A name is shorter.
		secret, _ := proxy.User.Password()
		basic := base64.StdEncoding.EncodeToString([]byte(proxy.User.Username() + ":" + secret))
		if secret == "" && len(proxy.User.Username()) >= shortestToken {
			secret = proxy.User.Username()
		}
		if secret != "" {
			secrets = append(secrets, secret, strings.TrimRight(basic, "="))
		}
	}

	return secrets
}
