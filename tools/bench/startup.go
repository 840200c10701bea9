package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
)

// cookie is the environment variable that Terraform sets when it starts a provider.
const cookie = "TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"

// timeStartUp returns the time from starting a provider until it has returned its schema.
func timeStartUp(ctx context.Context, binary string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, binary)
	command.Env = append(os.Environ(), cookie, "PLUGIN_PROTOCOL_VERSIONS=5,6", "FLOOR_LATENCY=0s")
	output, err := command.StdoutPipe()
	if err != nil {
		return 0, err
	}
	start := time.Now()
	if err := command.Start(); err != nil {
		return 0, err
	}
	defer func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	}()

	// Such as "1|6|unix|/tmp/plugin123|grpc|".
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		return 0, err
	}
	fields := strings.Split(strings.TrimSpace(line), "|")
	if len(fields) < 5 {
		return 0, fmt.Errorf("the provider's first line is %q, which is not a handshake", line)
	}
	connection, err := grpc.NewClient(fields[2]+":"+fields[3], grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(64<<20)))
	if err != nil {
		return 0, err
	}
	defer func() { _ = connection.Close() }()
	method := "/tfplugin6.Provider/GetProviderSchema"
	if fields[1] == "5" {
		method = "/tfplugin5.Provider/GetSchema"
	}
	// To an empty message, the schema is unknown fields, which nobody reads.
	if err := connection.Invoke(ctx, method, &emptypb.Empty{}, &emptypb.Empty{}); err != nil {
		return 0, err
	}

	return time.Since(start), nil
}
