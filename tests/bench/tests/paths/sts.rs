//! The one request that signing makes, once: for the credentials of a role.

use std::io::{Read, Write};
use std::net::TcpListener;

/// Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
const GRANTED: &str = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
     <AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>\
     <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";

/// Answers one request, whatever it is; the address.
pub(crate) fn listen() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = [0; 8192];
        let _one_request = stream.read(&mut asked).unwrap();
        let answer =
            format!("HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: {}\r\n\r\n{GRANTED}", GRANTED.len());
        stream.write_all(answer.as_bytes()).unwrap();
        // Open until the program ends, as a connection to AWS is.
        let _closed = stream.read(&mut asked);
    });
    endpoint
}
