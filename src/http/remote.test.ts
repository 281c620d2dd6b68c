import { describe, expect, it } from '@jest/globals';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { createRemoteOf, wasForwarded } from './remote.ts';

type Request = Pick<IncomingMessage, 'socket' | 'headers'>;

function request(remoteAddress: string, headers: IncomingHttpHeaders = {}, encrypted = false): Request {
  return { socket: { remoteAddress, encrypted } as unknown as IncomingMessage['socket'], headers };
}

describe('where a request came from', () => {
  const direct = createRemoteOf([]);
  const proxied = createRemoteOf(['10.0.0.0/8', '::1', '192.0.2.7']);

  it('is the peer of the connection', () => {
    expect(direct(request('203.0.113.5'))).toEqual({ address: '203.0.113.5', loopback: false, secure: false });
    expect(direct(request('203.0.113.5', {}, true)).secure).toBe(true);
    expect(direct(request('127.0.0.1')).loopback).toBe(true);
    expect(direct(request('::1')).loopback).toBe(true);
    expect(direct(request('::ffff:127.0.0.1'))).toEqual({ address: '127.0.0.1', loopback: true, secure: false });
    expect(direct(request('fe80::1%eth0')).address).toBe('fe80::1');
  });

  it('is never what a stranger says of itself', () => {
    const forged = { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https' };
    expect(direct(request('203.0.113.5', forged))).toMatchObject({
      address: '203.0.113.5',
      loopback: false,
      secure: false,
    });
    expect(proxied(request('203.0.113.5', forged)).address).toBe('203.0.113.5');
  });

  it('is what the declared proxies say, up to the first stranger from the end', () => {
    const headers = { 'x-forwarded-for': '127.0.0.1, 203.0.113.5, 192.0.2.7', 'x-forwarded-proto': 'http, https' };
    expect(proxied(request('10.1.2.3', headers))).toEqual({ address: '203.0.113.5', loopback: false, secure: true });
  });

  it('is not this machine when it came through a proxy that nobody declared, on any request of the connection', () => {
    const { socket } = request('127.0.0.1');
    expect(direct({ socket, headers: {} })).toEqual({ address: '127.0.0.1', loopback: true, secure: false });
    for (const headers of [{ 'x-forwarded-for': '127.0.0.1' }, { forwarded: 'for=127.0.0.1' }, { via: '1.1 proxy' }]) {
      const through = { address: '127.0.0.1', loopback: false, secure: false, undeclaredProxy: true };
      expect(direct({ socket, headers })).toEqual(through);
    }
  });

  it('may be written with a port or in brackets', () => {
    expect(proxied(request('::1', { 'x-forwarded-for': '203.0.113.5:4711' })).address).toBe('203.0.113.5');
    expect(proxied(request('::1', { 'x-forwarded-for': '[2001:db8::1]:80' })).address).toBe('2001:db8::1');
  });

  it('is the nearest known hop when a proxy writes what is no address', () => {
    expect(proxied(request('10.1.2.3', { 'x-forwarded-for': 'unknown' })).address).toBe('10.1.2.3');
    expect(proxied(request('10.1.2.3', { 'x-forwarded-for': '8.8.8.8, _hidden, 10.9.9.9' })).address).toBe('10.9.9.9');
    expect(proxied(request('10.1.2.3')).address).toBe('10.1.2.3');
  });

  it('is not secure unless the proxy says https', () => {
    expect(proxied(request('10.1.2.3', { 'x-forwarded-proto': 'http' }, true)).secure).toBe(false);
    expect(proxied(request('10.1.2.3', {}, true)).secure).toBe(true);
  });
});

it('a forwarded request is known as one even when its proxy is not declared', () => {
  expect(wasForwarded(request('127.0.0.1', { 'x-forwarded-for': '203.0.113.5' }))).toBe(true);
  expect(wasForwarded(request('127.0.0.1'))).toBe(false);
});

it('a declared proxy on this machine that names nobody readably does not speak for this machine', () => {
  const remoteOf = createRemoteOf(['127.0.0.1']);
  const socket = { remoteAddress: '127.0.0.1' } as never;
  expect(remoteOf({ socket, headers: { 'x-forwarded-for': 'junk' } }).loopback).toBe(false);
  expect(remoteOf({ socket, headers: {} }).loopback).toBe(true);
});
