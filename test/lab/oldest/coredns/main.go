// Stands in for CoreDNS, which Debian does not have: answers its health checks, and SERVFAIL to every DNS question.
package main

import (
	"log"
	"net"
	"net/http"
)

const dnsHeader = 12

func serveDNS() {
	socket, err := net.ListenPacket("udp", ":53")
	if err != nil {
		log.Fatal(err)
	}
	message := make([]byte, 1500)
	for {
		length, client, err := socket.ReadFrom(message)
		if err == nil && length >= dnsHeader {
			message[2] |= 0x80               // a response ...
			message[3] = message[3]&0xf0 | 2 // ... that says SERVFAIL
			socket.WriteTo(message[:length], client)
		}
	}
}

func main() {
	ok := http.HandlerFunc(func(response http.ResponseWriter, _ *http.Request) { response.Write([]byte("OK")) })
	go serveDNS()
	go func() { log.Fatal(http.ListenAndServe(":8181", ok)) }() // ready
	log.Fatal(http.ListenAndServe(":8080", ok))                 // health
}
