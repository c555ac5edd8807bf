//! What a server's guest sees of its cloud. It is part of Nova, and the only place where one sees which key a server
//! really has: the Compute API shows no more than the key's name.

pub mod metadata;
